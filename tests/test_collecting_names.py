"""File names as learning platforms really make them: the student, the time, the late mark."""

from datetime import datetime

import pytest

from instructor.collecting import whose

NO_TIME = ""
AFTERNOON = "2027-03-05 14:22"

# the name, then the student, the LMS's number, the time that the name tells, the late mark
NAMES = [
    # Moodle 3 and 4: loose files, folders with and without the last underscore, online text
    ("Ann Lee_12345_assignsubmission_file_ex01.ipynb", "ann-lee", "12345", NO_TIME, False),
    ("Ann Lee_12345_assignsubmission_file_/ex01.ipynb", "ann-lee", "12345", NO_TIME, False),
    ("Ann Lee_12345_assignsubmission_file/ex01.ipynb", "ann-lee", "12345", NO_TIME, False),
    ("Ann Lee_12345_assign_file_ex01.ipynb", "ann-lee", "12345", NO_TIME, False),
    (
        "Ann Lee_12345_assignsubmission_onlinetext_onlinetext.html",
        *("ann-lee", "12345", NO_TIME, False),
    ),
    (
        "CS101-ex01-99/Zoë O'Hara_7_assignsubmission_file_/work/ex01 (1).ipynb",
        *("zoë-o-hara", "7", NO_TIME, False),
    ),
    (
        "Participant_12345_assignsubmission_file_ex01.ipynb",
        *("participant-12345", "12345", NO_TIME, False),
    ),
    # Canvas: late, handed in again (-1), a link, a text, anonymous grading
    ("leeann_4711_8150_ex01_lab_color.ipynb", "leeann", "4711", NO_TIME, False),
    ("leeann_4711_8150_ex01_lab_color-2.ipynb", "leeann", "4711", NO_TIME, False),
    ("leeann_LATE_4711_8150_ex01.ipynb", "leeann", "4711", NO_TIME, True),
    ("leeann_LATE_4711_link.html", "leeann", "4711", NO_TIME, True),
    ("leeann_4711_text.html", "leeann", "4711", NO_TIME, False),
    ("anon_Xq7fP_8150_ex01.ipynb", "anon-xq7fp", "Xq7fP", NO_TIME, False),
    ("LATE_anon_Xq7fP_8150_ex01.ipynb", "anon-xq7fp", "Xq7fP", NO_TIME, True),
    # Teams, as OneDrive gives it
    ("Ann Lee/Assignment 1/Version 2/ex01.ipynb", "ann-lee", "", NO_TIME, False),
    ("Submitted files/Ann Lee/Why LAB/Version 1/ex01.ipynb", "ann-lee", "", NO_TIME, False),
    (
        "Student Work/Submitted files/Ann Lee/Why LAB/Version 10/final.ipynb",
        *("ann-lee", "", NO_TIME, False),
    ),
    ("Working files/Ann Lee/Why LAB/ex01.ipynb", "ann-lee", "", NO_TIME, False),
    ("Ann Lee/Assignment 1/Versión 2/ex01.ipynb", "ann-lee", "", NO_TIME, False),
    # Blackboard, and its receipt
    ("Why LAB_alee_attempt_2027-03-05-14-22-10_ex01.ipynb", "alee", "", AFTERNOON, False),
    ("Exercise_1_alee_attempt_2027-03-05-14-22-10_my try.ipynb", "alee", "", AFTERNOON, False),
    ("Why LAB_alee_attempt_2027-03-05-14-22-10.txt", "alee", "", AFTERNOON, False),
    # Brightspace: folders, loose files, a day before its month, a student's number
    ("397063-2557369 - Ann Lee - Mar 5, 2027 222 PM/ex01.ipynb", "ann-lee", "", AFTERNOON, False),
    ("397063-2557369 - Ann Lee - Mar 5, 2027 222 PM - ex01.ipynb", "ann-lee", "", AFTERNOON, False),
    (
        "397063-2557369 - Mary-Ann Lee- 5 March, 2027 222 PM/a.ipynb",
        "mary-ann-lee",
        "",
        AFTERNOON,
        0,
    ),
    (
        "397063-25573 - N0123456 - Ann Lee - 5 Mar 2027 1422 - a.ipynb",
        "ann-lee",
        "",
        AFTERNOON,
        False,
    ),
    # Google Classroom, Drive, Colab
    ("Ann Lee - ex01_lab_color.ipynb", "ann-lee", "", NO_TIME, False),
    ("Ann Lee - Copy of ex01_lab_color.ipynb", "ann-lee", "", NO_TIME, False),
    ("Copy of ex01_lab_color.ipynb - Ann Lee.ipynb", "ann-lee", "", NO_TIME, False),
    ("drive-download-20270305T142210Z-001/Ann Lee - ex01.ipynb", "ann-lee", "", NO_TIME, False),
    # GitHub Classroom
    ("ex01-submissions/ex01-annlee/ex01_lab_color.ipynb", "annlee", "", NO_TIME, False),
    # plain files, a student's own zip file, a date that is no LMS's number
    ("ex01 Ann Lee.ipynb", "ann-lee", "", NO_TIME, False),
    ("ann_lee_ex01_lab_color.ipynb", "ann-lee", "", NO_TIME, False),
    ("Ann Lee.zip/ex01.ipynb", "ann-lee", "", NO_TIME, False),
    ("Ann Lee ex01 2027_03_05.ipynb", "ann-lee-03-05", "", NO_TIME, False),
    ("4711234_ex01.ipynb", "4711234", "", NO_TIME, False),
]


@pytest.mark.parametrize(("name", "student", "number", "time", "late"), NAMES)
def test_a_name_tells_the_student_the_time_and_the_late_mark(
    name: str, student: str, number: str, time: str, late: bool
) -> None:
    owner = whose.owner(name, by_folder=False)
    assert (whose.slug(owner.name), owner.number, owner.late) == (student, number, late)
    said = owner.moment.astimezone().strftime("%Y-%m-%d %H:%M") if owner.moment else NO_TIME
    assert said == time


def test_teams_counts_the_last_version_and_what_is_handed_in() -> None:
    names = [
        "Working files/Ann/Why LAB/ex01.ipynb",
        "Submitted files/Ann/Why LAB/Version 2/ex01.ipynb",
        "Submitted files/Ann/Why LAB/Version 10/ex01.ipynb",
    ]
    versions = [whose.owner(name, by_folder=True).version for name in names]
    assert versions == [-1, 2, 10]


def test_a_name_of_three_hundred_letters_makes_a_short_id_of_its_own() -> None:
    ids = {whose.slug(letter * 300) for letter in ("a", "b", "李")}
    assert len(ids) == 3 and all(len(id.encode()) <= 2 * whose.LONGEST_ID for id in ids)


def test_times_are_those_of_this_machine() -> None:
    owner = whose.owner("Why_alee_attempt_2027-03-05-14-22-10_a.ipynb", by_folder=False)
    assert owner.moment == datetime(2027, 3, 5, 14, 22, 10).astimezone()
