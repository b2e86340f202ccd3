"""The jobs room: the command line, the scheduler and the pipeline that wire the other rooms together."""
