"""Where instructions go by function of ours: its own and those of the libraries that it calls.

Inclusive figures of callgrind are of little use here: functions of async code end by jumping into
one another, which looks like recursion.

    callgrind.py CALLGRIND.OUT CALLS [TOP]
"""

import collections
import re
import subprocess
import sys

# Library functions that run our code again: what they cost is not their caller's.
REENTERS = re.compile(
    "swift_task_switch|swift_job_run|runJob|swift_asyncLet|_dispatch|start_thread|epoll|"
    "swift_task_dealloc.*'2|thread_start|swift_continuation")


def read(path):
    """(object, function) -> own cost; and from each to each that it calls, the cost of those calls."""
    names, own, calls = {}, collections.Counter(), collections.Counter()

    def name(kind, text):
        number, _, rest = text.partition(" ")
        if rest:
            names[kind, number] = rest
        return names[kind, number]

    place = called = called_object = None
    object_ = function = ""
    is_call = False
    for line in open(path):
        line = line.rstrip("\n")
        if line.startswith("ob="):
            object_ = name("ob", line[3:])
        elif line.startswith("fn="):
            function = name("fn", line[3:])
            place, called_object = (object_, function), None
        elif line.startswith("cob="):
            called_object = name("ob", line[4:])
        elif line.startswith("cfn="):
            called = (called_object or object_, name("fn", line[4:]))
            called_object = None
        elif line.startswith("calls="):
            is_call = True
        elif line[:1].isdigit() or line[:1] in "+-*":
            cost = int(line.split()[1]) if len(line.split()) > 1 else 0
            if is_call:
                calls[place, called] += cost
                is_call = False
            elif place:
                own[place] += cost
        elif line.startswith(("fl=", "fi=", "fe=", "cfi=", "cfl=")):
            name("fl", line.partition("=")[2])
    return own, calls


def main():
    path, count, top = sys.argv[1], int(sys.argv[2]), int((sys.argv[3:] or [60])[0])
    own, calls = read(path)
    program = next(key[0] for key in own if key[0].endswith("bench-server"))
    total = collections.Counter()
    within = collections.defaultdict(collections.Counter)
    for (object_, function), cost in own.items():
        if object_ == program:
            total[function] += cost
    for ((object_, function), (callee_object, callee)), cost in calls.items():
        if object_ == program and callee_object != program and not REENTERS.search(callee):
            total[function] += cost
            within[function][callee] += cost
    print(f"all {sum(own.values()) / count:,.0f}, in the program and what it calls directly "
          f"{sum(total.values()) / count:,.0f}\n")
    lines = []
    for function, cost in total.most_common(top):
        parts = ", ".join(f"{callee[:48]} {part / count:,.0f}"
                          for callee, part in within[function].most_common(4)
                          if part / count >= 20)
        lines.append(f"{cost / count:8,.0f} ({own[program, function] / count:7,.0f} own)  "
                     f"{function}   [{parts}]")
    text = subprocess.run(["swift", "demangle", "--compact"], input="\n".join(lines),
                          capture_output=True, text=True).stdout
    print("\n".join(line[:420] for line in text.splitlines()))


main()
