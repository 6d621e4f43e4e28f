"""For WSGI servers: `gunicorn clew.wsgi:application`."""

from clew.core.app import create_app
from clew.core.opening import open_workspace

_ws = open_workspace()
_ws.queue.live = True
application = create_app(_ws)
