#include <sqlite3.h>

/// Closes leave the log alone: only who knows that nothing failed may empty it. (Swift cannot call
/// a C function with a variable number of arguments.)
static inline int sqlite3_db_config_no_checkpoint_on_close(sqlite3 *database) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
