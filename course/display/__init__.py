"""How everything is drawn: offline maps, charts, tables, controls."""
