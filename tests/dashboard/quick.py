"""The dashboard's gunicorn.py with few threads and short times, so that tests need not wait as long as people may."""

from dashboard import serving
from dashboard.gunicorn import *  # noqa: F403

threads, worker_connections = 4, 250
serving.READING = serving.WRITING = serving.LINGERING = 1.0
serving.MOST_WAITING = 4
serving.PATIENCE, serving.GIVEN_UP = 0.5, 1.5
