#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <sqlite3.h>

// A SQLite VFS over the system's that asks before it does anything to a disk.

typedef enum {
  FAULTY_OPEN,
  FAULTY_READ,
  FAULTY_WRITE,
  FAULTY_TRUNCATE,
  FAULTY_SYNC,
  FAULTY_DELETE,
} FaultyOperation;

// Returns SQLITE_OK to let an operation through, or the code that it fails with.
// `offset` is the place of a write, the size of a truncation, and whether the folder is synced of a
// deletion.
typedef int (*FaultyJudge)(
    void *disk, FaultyOperation operation, const char *path, sqlite3_int64 offset,
    const void *bytes, int count);

// Registers a VFS; NULL when there is no memory. It is not made the default.
sqlite3_vfs *faulty_vfs_register(const char *name, FaultyJudge judge, void *disk);

// Only when no connection uses it any more.
void faulty_vfs_unregister(sqlite3_vfs *vfs);

// The codes that tests choose among, which are macros in SQLite's header.
extern const int faulty_ok, faulty_full, faulty_write_error, faulty_read_error,
    faulty_sync_error;

#endif
