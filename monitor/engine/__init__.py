"""The engine: folds the log into judged cases, fires what falls due, reconciles cards, recalculates and replays."""

from monitor.native import prefer_compiled

prefer_compiled(__name__, __path__)
