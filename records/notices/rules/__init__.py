"""The notices of the rooms below, each registering itself."""

import records.notices.rules.custody
import records.notices.rules.digests
import records.notices.rules.oversight
import records.notices.rules.procedure
import records.notices.rules.reading_room
import records.notices.rules.undone
import records.notices.rules.waiting  # noqa: F401 - they register themselves
