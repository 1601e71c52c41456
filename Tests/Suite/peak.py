"""Runs a program to its end, and says how much memory it had at the most, in megabytes, as the last
line. Ends with the program's exit code.

    peak.py PROGRAM ARGUMENTS...
"""

import resource
import subprocess
import sys

code = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(f"peak {peak // 1024} MB", flush=True)
sys.exit(code)
