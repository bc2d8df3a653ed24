"""The course's pictures: functions that return a matplotlib Figure and change nothing else.

A module for what they show: photos in the ``gallery``, ``colors``, ``learning``, the ``layers`` of
a network, and ``evidence``, where ``table`` gives Markdown. (``asking`` and ``looked_at`` give
photos to show in a grid.) Lessons call them all from here.
"""

from helpers.figures.colors import (
    ab_histogram,
    ab_plane,
    clouds,
    color_bins,
    lab_planes,
    patch,
    rgb_planes,
    shares_at,
)
from helpers.figures.evidence import gains, intervals, matrix, table
from helpers.figures.gallery import (
    ORANGE,
    against_truth,
    asking,
    before_after,
    dots,
    grid,
    judged,
    looked_at,
    mosaic,
    verdicts,
)
from helpers.figures.layers import feature_maps, network
from helpers.figures.learning import (
    descent,
    fooled,
    learning_curves,
    loss_curves,
    valley,
    valleys_from_above,
)
