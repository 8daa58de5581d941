"""`python -m infra.watch`: reads the ledger again and again, for Prometheus."""

import sys

from infra.watch.main import main

sys.exit(main())
