"""Workers that are alive. No data of a team."""

from django.db import models


class WorkerBeat(models.Model):
    """`process`: host and process id; `at`: when it last said that it is alive."""

    process = models.CharField(max_length=100, unique=True)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.process
