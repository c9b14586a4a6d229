"""When, and with what: the one `Definitions`, jobs, schedules, sensors, resources and the command line."""
