"""Why a run is as good or as bad as it is: facts from its files, findings in one sentence each, and the key that may help."""
