"""Answer key of the pre-test: the words of the right answers.

What a trainee reads after scoring names the module that holds the subject and nothing
else: the course would be spoiled, and the group behind them helped, by more.
"""

from __future__ import annotations

from grading.answer_key.form_key import FormKey

RIGHT = {
    "m90_outcome": "Night accidents fell by a fifth",
    "m90_workload": "180 hours",  # 300 x 0.12 = 36 proposals, 5 hours each
    "m90_shares": "An equal part of the money",
    "m90_guarantee": "Nothing for that year",  # 95 is above the 90 that are promised
    "m90_keys": "One code for each street",
    "m90_density": "2,000",  # 20,000 people on 10 km²
    "m90_synthetic": "To practise how a method works",
    "m90_smallcells": "A small count can point at one person",
    "m90_nightcalls": "As one wish to travel from A to B",
    "m90_threshold": "Fewer false alarms and more missed attacks",
    "m90_baseline": "With the error of last week's same hour",
    "m90_wait": "8.2 minutes",  # (2² + 18²) / (2 x 20)
    "m90_regular": "At all stops of the route",
    "m90_basefare": "1,500 KRW",  # one bus alone is flat
    "m90_losers": "Riders with long trips",
    "m90_reaction": "It falls by about 4 %",  # 1.1 ** -0.4 = 0.963
    "m90_reach": "How many jobs people reach in time",
    "m90_chain": "After 10 months",  # 6 + 4; the training ends after 2 + 5
    "m90_lifecycle": "250 million",  # 100 + 10 x 12 + 30
    "m90_testable": "A date to reach it",
}
_ABOUT = {
    "m90_outcome": "01", "m90_workload": "02", "m90_shares": "02", "m90_guarantee": "04",
    "m90_keys": "12", "m90_density": "00", "m90_synthetic": "00", "m90_smallcells": "05",
    "m90_nightcalls": "06", "m90_threshold": "07", "m90_baseline": "08", "m90_wait": "09",
    "m90_regular": "09", "m90_basefare": "10", "m90_losers": "10", "m90_reaction": "10",
    "m90_reach": "11", "m90_chain": "03", "m90_lifecycle": "04", "m90_testable": "13",
}  # fmt: skip

KEY = FormKey(
    right=RIGHT,
    said={qid: f"This is a subject of module {about}." for qid, about in _ABOUT.items()},
)
