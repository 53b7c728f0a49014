"""Answer key of the post-test: the words of the right answers, one sentence of why.

The sentence says how one gets there and never what the answer is: it is the same for who
was right and who was not, and a page of feedback travels.
"""

from __future__ import annotations

from grading.answer_key.form_key import FormKey

RIGHT = {
    "m91_outcome": "Kilometres of new fibre cable",
    "m91_workload": "2,000 participants",  # 30 a month; 1,000 would bring 45
    "m91_shares": "No, they hold 50 million together",  # 100 x 500 / 1,000
    "m91_guarantee": "30 million",  # 0.8 x 200 - 130
    "m91_keys": "Agree on one list of codes",
    "m91_density": "Y is denser, by 10,000 per km²",  # 30,000 against 20,000
    "m91_synthetic": "Synthetic, as one of the tables is",
    "m91_smallcells": "0, 10, 25 and 40",
    "m91_nightcalls": "Of people who do not use this operator",
    "m91_threshold": "It finds 80 % of the attacks; 50 % of its alarms are false",  # 40/50, 40/80
    "m91_baseline": "Model B, it beats last week on new days",
    "m91_wait": "On B, as its gaps are uneven",  # 5 against (9 + 289) / 40 = 7.45
    "m91_regular": "People who ride in the bus",
    "m91_basefare": "That of the dearest vehicle",
    "m91_losers": "The share of this group that pays more",
    "m91_reaction": "It falls by about 13 %",  # 0.8 x 0.8 ** -0.4 = 0.875
    "m91_reach": "Access differs more between people in Q",
    "m91_chain": "It cannot begin, the platform waits too",
    "m91_lifecycle": "A loss of 5 million",  # 5 x (24 - 9) - 80
    "m91_testable": "We stop if fewer than 200 people ride a night in week 12",
}

WHY = {
    "m91_outcome": "An output is what a project installs, an outcome is what citizens notice; "
    "ask of each number who would feel it.",
    "m91_workload": "Each proposal over the line needs an answer: compare the number of "
    "proposals at each line with what the staff can write.",
    "m91_shares": "Under equal shares each voter holds budget divided by voters, and only those "
    "who approve a project pay for it.",
    "m91_guarantee": "The city fills the gap up to the guaranteed part of the forecast, not up "
    "to the forecast.",
    "m91_keys": "What stays unmatched after cleaning comes from two ways of naming a place, and "
    "only the owners of both can mend that.",
    "m91_density": "Divide people by land in each district first, then compare.",
    "m91_synthetic": "A result is only as real as its weakest input, and the title has to say so.",
    "m91_smallcells": "Hidden is what is above zero and below k: an empty cell shows nobody, and "
    "k itself is allowed.",
    "m91_nightcalls": "Records show the customers of one company; more days do not add anybody "
    "else.",
    "m91_threshold": "Divide the attacks found by all attacks for the one share, and the wrong "
    "alarms by all alarms for the other.",
    "m91_baseline": "Only errors on days that a model has not seen count, and they are compared "
    "with the simple rule.",
    "m91_wait": "Long gaps collect more waiting people than short ones, so a mean wait grows with "
    "the spread and not with a constant delay.",
    "m91_regular": "Holding helps those who wait further on and costs those who are on board.",
    "m91_basefare": "With a transfer the highest base among the vehicles counts once, and steps "
    "follow the total distance.",
    "m91_losers": "A mean hides that some pay more and others less; count people, not the mean.",
    "m91_reaction": "Riders change by the price ratio to the power of the elasticity; the money "
    "is that times the new price.",
    "m91_reach": "The Gini says how unequal something is between people, not how much there is "
    "nor who has it.",
    "m91_chain": "A need of a need counts as well: follow the chain back to its first link.",
    "m91_lifecycle": "Take the yearly cost from the yearly benefit, multiply by the years, then "
    "take off what it cost to build.",
    "m91_testable": "A rule that can be tested names a measure, a number and a time.",
}

KEY = FormKey(right=RIGHT, said=WHY)
