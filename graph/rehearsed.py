"""To import this module is to have rehearsed: for the process that workers are forked from, so that none has to."""

from graph import rehearsal

rehearsal.rehearse()
