"""`python -m infra.sites`: changes sites' time zones as they are chosen."""

import sys

from infra.sites.schedule import main

sys.exit(main())
