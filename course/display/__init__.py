"""How everything is drawn: colours, maps, charts, tables, and the page of a lab.

``maps``, ``charts`` and ``tables`` are what lessons call; each returns a ``Figure``.
``base_map`` draws a city's lines and stops on a folium page that ``offline`` makes
independent of the network; ``live_map`` recolours such a page without drawing it again;
``lab_page`` carries a whole lab, alive or still; ``lab_picture`` says how to write one.
Nothing here computes what it shows.
"""
