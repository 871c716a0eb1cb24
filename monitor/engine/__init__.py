"""The engine: folds the log into judged cases, fires what falls due, reconciles cards, recalculates and replays."""
