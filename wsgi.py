"""For WSGI servers: `gunicorn clew.wsgi:application`."""

from clew.core.app import create_app
from clew.core.opening import open_workspace
from clew.core.settings import load_settings

_settings = load_settings()
_settings.check_for_serving()
_ws = open_workspace(settings=_settings)
_ws.queue.live = True
application = create_app(_ws)
