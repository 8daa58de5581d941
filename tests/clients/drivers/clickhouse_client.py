"""`clickhouse-client --query QUERY`, on the ClickHouse that chdb-core has inside. CLICKHOUSE_DATA: its folder."""

import argparse
import os
import sys

from chdb.session import Session

parser = argparse.ArgumentParser()
parser.add_argument("--query", required=True)
answer = Session(os.environ["CLICKHOUSE_DATA"]).query(parser.parse_args().query)
sys.stdout.buffer.write(answer.bytes() or b"")
