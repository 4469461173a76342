"""python -m data: the commands that need no dashboard."""

from data.command_line import app, run

run(app)
