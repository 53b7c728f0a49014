"""Word files, slides and still pictures, made from a city pack and an action plan.

``pictures`` draws PNG maps and charts; ``city_deck`` a city's own presentation;
``plan_word`` and ``plan_slides`` an action plan or a cooperation note. Equal input gives
equal bytes, no network is asked, and what is not real says SYNTHETIC.
"""
