"""nbgrader's configuration, for its own commands and the formgrader.

``JUPYTER_CONFIG_PATH=<repository>/grading nbgrader autograde 10_integrated_fares`` and a
Jupyter server started with the same variable work on the state that
``python3 -m grading`` uses. On a hub the plugin ``JupyterHubAuthPlugin`` goes into a
configuration of its own: outside a hub it stops every command.
"""

import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
if str(REPOSITORY) not in sys.path:
    sys.path.insert(0, str(REPOSITORY))

from grading.gradebook import course_config  # noqa: E402
from grading.state import GradingState  # noqa: E402

c = get_config()  # noqa: F821  (traitlets provides it)
c.merge(course_config(GradingState.default().prepare()))
