"""What people write to extend dangol: features, predictions, questions, segments, programmes, sources and destinations."""

from dangol.core.declare.column import (
    Output,
    category,
    count,
    day,
    days,
    flag,
    integer,
    moment,
    money,
    month,
    number,
    probability,
    share,
    text,
)
from dangol.core.declare.declaration import Declaration, Feature, Room, feature
from dangol.core.declare.destination import Delivered, Destination, Parcel, destination, write_whole
from dangol.core.declare.leads import LeadSettings, WorklistSettings
from dangol.core.declare.prediction import Array, Block, Group, Judgement, Prediction, Predictor, Scores, TotalRange, prediction
from dangol.core.declare.programme import Arm, Programme, ProgrammeSettings, programme
from dangol.core.declare.propensity import PropensitySettings
from dangol.core.declare.question import Chart, NextAction, Option, Question, Unit, question
from dangol.core.declare.segment import Policy, Segment, SegmentSettings, segment
from dangol.core.declare.source import Preset, Shape, shape, source
from dangol.core.query import Query, sql

__all__ = [
    "Arm",
    "Array",
    "Block",
    "Chart",
    "Declaration",
    "Delivered",
    "Destination",
    "Feature",
    "Group",
    "Judgement",
    "LeadSettings",
    "NextAction",
    "Option",
    "Output",
    "Parcel",
    "Policy",
    "Prediction",
    "Predictor",
    "Preset",
    "Programme",
    "ProgrammeSettings",
    "PropensitySettings",
    "Query",
    "Question",
    "Room",
    "Scores",
    "Segment",
    "SegmentSettings",
    "Shape",
    "TotalRange",
    "Unit",
    "WorklistSettings",
    "category",
    "count",
    "day",
    "days",
    "destination",
    "feature",
    "flag",
    "integer",
    "moment",
    "money",
    "month",
    "number",
    "prediction",
    "probability",
    "programme",
    "question",
    "segment",
    "shape",
    "share",
    "source",
    "sql",
    "text",
    "write_whole",
]
