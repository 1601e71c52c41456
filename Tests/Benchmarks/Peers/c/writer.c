// The same rows as bench-writers in plain SQL: `writer FILE GROUP ROWS`, a commit for each group.
// Prints the rows and the seconds that it took.

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static sqlite3 *database;

static void run(const char *sql) {
  char *message;
  if (sqlite3_exec(database, sql, NULL, NULL, &message) != SQLITE_OK) {
    fprintf(stderr, "%s: %s\n", sql, message);
    exit(1);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count != 4 || sqlite3_open(arguments[1], &database) != SQLITE_OK) return 2;
  const int group = atoi(arguments[2]), rows = atoi(arguments[3]);
  run("PRAGMA journal_mode = WAL");
  run("PRAGMA synchronous = FULL");
  run("CREATE TABLE entry (id TEXT PRIMARY KEY, kind BIGINT NOT NULL, body TEXT NOT NULL)");
  run("CREATE INDEX entry_by_kind ON entry (kind, id)");
  sqlite3_stmt *insert;
  if (sqlite3_prepare_v2(database, "INSERT INTO entry (id, kind, body) VALUES ($1, $2, $3)", -1,
                         &insert, NULL) != SQLITE_OK) return 1;
  char body[251], id[32];
  memset(body, 'x', 250);
  body[250] = 0;

  const double start = now();
  for (int number = 0; number < rows; number++) {
    if (number % group == 0) run("BEGIN IMMEDIATE");
    snprintf(id, sizeof id, "entry-%d", number);
    sqlite3_bind_text(insert, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_int(insert, 2, number % 7);
    sqlite3_bind_text(insert, 3, body, 250, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) return 1;
    sqlite3_reset(insert);
    if (number % group == group - 1 || number == rows - 1) run("COMMIT");
  }
  printf("%d %f\n", rows, now() - start);
  sqlite3_finalize(insert);
  return sqlite3_close(database);
}
