"""Web pages for the instructor, each in one file."""

import html
import re

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #bbb; padding: .3rem .6rem; text-align: left;
  vertical-align: top; }}
img {{ height: auto; max-width: 100%; }}
pre {{ white-space: pre-wrap; }}
{style}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def page(title: str, body: str, style: str = "") -> str:
    """Return a page that reads well on a phone and to a screen reader."""
    return _PAGE.format(title=html.escape(title), body=body, style=style)


_WAITS = "The challenge is not graded yet: its points are missing here."
_IMAGE = re.compile(r"<img\b(?![^>]*\balt=)")
_QUESTION = re.compile(r'<a href="#(\w+?)(_check)?">(?:Test cell|Written response)</a>')
_STYLE = """
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
img { height: auto; max-width: 100%; }
pre, .output_area, .rendered_html table { overflow-x: auto; }
.output_area pre { white-space: pre-wrap; }
.rendered_html th, .rendered_html td { padding: .2rem .5rem; vertical-align: top; }
.anchor-link { display: none; }
summary { cursor: pointer; display: list-item; }
@media (max-width: 45rem) {
  .container, #notebook-container { padding: 0 .4rem; width: 100% !important; }
  div.cell, div.input, div.output_area { flex-direction: column; }
  div.prompt { min-width: 0 !important; text-align: left; }
  .pull-right { float: none !important; display: block; }
  div.nbgrader_cell .panel-heading { height: auto !important; }
}
</style>
"""


def readable(page: str, waits: bool = False) -> str:
    """Give nbgrader's page a language, words for its pictures, and a width that fits a phone.

    Where the challenge ``waits`` for a person, the page says so.
    """
    counted = iter(range(1, page.count("<img") + 1))
    page = _IMAGE.sub(
        lambda found: f'{found[0]} alt="Picture {next(counted)}, drawn by the code above it"', page
    )
    page = re.sub(r"<html(?![^>]*\blang=)", '<html lang="en"', page, count=1)
    page = _QUESTION.sub(r'<a href="#\1\2">\1</a>', page)
    if waits:
        page = page.replace("</ol>", f"</ol>\n<p>{_WAITS}</p>", 1)
    return page.replace("</head>", f"{_STYLE}</head>", 1)
