# How the sanitizers behave in a run of the tests: they write into $reports what they find, go on,
# and leave alone what is listed beside this file. Sourced by compose/test.

# Tests widen what they allow in time and memory by Slack.factor.
export CABILDO_SANITIZER=$sanitizer

# Freed memory is kept back for 8 MiB, not the usual 256: tests measure what a program holds.
export ASAN_OPTIONS=log_path=$reports/address:quarantine_size_mb=8:detect_leaks=1
export LSAN_OPTIONS=suppressions=$root/Tests/Sanitizers/leaks.txt:print_suppressions=0
export TSAN_OPTIONS=log_path=$reports/thread:suppressions=$root/Tests/Sanitizers/races.txt
# Swift's own report of a crash would wait for the sanitizer's.
export SWIFT_BACKTRACE=enable=no
