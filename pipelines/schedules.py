"""Schedules, on the clock of China. All ship stopped: a county turns on what it wants.

No schedule draws: a person starts `draw_visits`, because a draw is a public act. What follows a sign-off is
publishing, and a sensor starts it (`sensors.py`).
"""

import dagster as dg

TIMEZONE = "Asia/Shanghai"


def _yearly(job: str, cron: str, *, ahead: int, description: str) -> dg.ScheduleDefinition:
    """Return a schedule that runs a job for the running year, or `ahead` years later."""

    @dg.schedule(
        name=f"{job}_schedule",
        job_name=job,
        cron_schedule=cron,
        execution_timezone=TIMEZONE,
        description=description,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        moment = context.scheduled_execution_time
        return dg.RunRequest(run_key=f"{moment:%Y-%m-%d}", partition_key=str(moment.year + ahead))

    return schedule


SCHEDULES = [
    _yearly("file_registries", "0 9 1 11,12 *", ahead=1, description="November and December: next year's lists."),
    _yearly("merge_plan", "0 9 10 12 *", ahead=1, description="10 December: the plan is due by the month's end."),
    _yearly("publish_year", "0 18 * * 1-5", ahead=0, description="Weekday evenings: results in, time locks out."),
    _yearly(
        "review_registries", "0 9 15 11 *", ahead=0, description="15 November: the yearly review of the registries."
    ),
]
