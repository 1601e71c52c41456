#include "FaultyVFS.h"

#include <stdlib.h>
#include <string.h>

const int faulty_ok = SQLITE_OK, faulty_full = SQLITE_FULL,
          faulty_write_error = SQLITE_IOERR_WRITE, faulty_read_error = SQLITE_IOERR_READ,
          faulty_sync_error = SQLITE_IOERR_FSYNC;

typedef struct {
  sqlite3_vfs base;
  sqlite3_vfs *system;
  FaultyJudge judge;
  void *disk;
  char name[64];
} FaultyVFS;

// The system's own file follows in the same memory.
typedef struct {
  sqlite3_file base;
  FaultyVFS *vfs;
  const char *path;
} FaultyFile;

static sqlite3_file *system_file(sqlite3_file *file) {
  return (sqlite3_file *)((FaultyFile *)file + 1);
}

static int judge(
    sqlite3_file *file, FaultyOperation operation, sqlite3_int64 offset, const void *bytes,
    int count) {
  FaultyFile *faulty = (FaultyFile *)file;
  if (faulty->path == NULL) return SQLITE_OK;  // a temporary file of SQLite's own
  return faulty->vfs->judge(
      faulty->vfs->disk, operation, faulty->path, offset, bytes, count);
}

#define METHODS(file) (system_file(file)->pMethods)

static int close_file(sqlite3_file *file) {
  return METHODS(file) ? METHODS(file)->xClose(system_file(file)) : SQLITE_OK;
}

static int read_file(sqlite3_file *file, void *bytes, int count, sqlite3_int64 offset) {
  int code = judge(file, FAULTY_READ, offset, NULL, count);
  return code ? code : METHODS(file)->xRead(system_file(file), bytes, count, offset);
}

static int write_file(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 offset) {
  int code = judge(file, FAULTY_WRITE, offset, bytes, count);
  return code ? code : METHODS(file)->xWrite(system_file(file), bytes, count, offset);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size) {
  int code = judge(file, FAULTY_TRUNCATE, size, NULL, 0);
  return code ? code : METHODS(file)->xTruncate(system_file(file), size);
}

static int sync_file(sqlite3_file *file, int flags) {
  int code = judge(file, FAULTY_SYNC, 0, NULL, 0);
  // The tests lose what a crash would lose by themselves: the machine's own disk may stay quiet.
  (void)flags;
  return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
  return METHODS(file)->xFileSize(system_file(file), size);
}

static int lock_file(sqlite3_file *file, int lock) {
  return METHODS(file)->xLock(system_file(file), lock);
}

static int unlock_file(sqlite3_file *file, int lock) {
  return METHODS(file)->xUnlock(system_file(file), lock);
}

static int check_reserved_lock(sqlite3_file *file, int *out) {
  return METHODS(file)->xCheckReservedLock(system_file(file), out);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
  return METHODS(file)->xFileControl(system_file(file), operation, argument);
}

static int sector_size(sqlite3_file *file) {
  return METHODS(file)->xSectorSize(system_file(file));
}

static int device_characteristics(sqlite3_file *file) {
  return METHODS(file)->xDeviceCharacteristics(system_file(file));
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
  return METHODS(file)->xShmMap(system_file(file), page, size, extend, out);
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags) {
  return METHODS(file)->xShmLock(system_file(file), offset, count, flags);
}

static void shm_barrier(sqlite3_file *file) { METHODS(file)->xShmBarrier(system_file(file)); }

static int shm_unmap(sqlite3_file *file, int delete) {
  return METHODS(file)->xShmUnmap(system_file(file), delete);
}

// Version 2: without memory-mapped reads, which nobody could judge.
static const sqlite3_io_methods methods = {
    2,           close_file,    read_file,   write_file,  truncate_file,
    sync_file,   file_size,     lock_file,   unlock_file, check_reserved_lock,
    file_control, sector_size,  device_characteristics,   shm_map,
    shm_lock,    shm_barrier,   shm_unmap,   NULL,        NULL,
};

static int open_file(
    sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *flags_out) {
  FaultyVFS *faulty_vfs = (FaultyVFS *)vfs;
  FaultyFile *faulty = (FaultyFile *)file;
  memset(faulty, 0, vfs->szOsFile);
  faulty->vfs = faulty_vfs;
  faulty->path = path;
  int code = judge(file, FAULTY_OPEN, 0, NULL, 0);
  if (code) return code;
  code = faulty_vfs->system->xOpen(
      faulty_vfs->system, path, system_file(file), flags, flags_out);
  if (METHODS(file)) file->pMethods = &methods;
  return code;
}

static int delete_file(sqlite3_vfs *vfs, const char *path, int sync_folder) {
  FaultyVFS *faulty = (FaultyVFS *)vfs;
  int code = faulty->judge(faulty->disk, FAULTY_DELETE, path, sync_folder, NULL, 0);
  return code ? code : faulty->system->xDelete(faulty->system, path, sync_folder);
}

sqlite3_vfs *faulty_vfs_register(const char *name, FaultyJudge judge, void *disk) {
  sqlite3_vfs *system = sqlite3_vfs_find(NULL);
  FaultyVFS *faulty = calloc(1, sizeof(FaultyVFS));
  if (faulty == NULL) return NULL;
  faulty->base = *system;
  faulty->base.pNext = NULL;
  faulty->base.szOsFile = (int)sizeof(FaultyFile) + system->szOsFile;
  faulty->base.xOpen = open_file;
  faulty->base.xDelete = delete_file;
  strncpy(faulty->name, name, sizeof(faulty->name) - 1);
  faulty->base.zName = faulty->name;
  faulty->system = system;
  faulty->judge = judge;
  faulty->disk = disk;
  sqlite3_vfs_register(&faulty->base, 0);
  return &faulty->base;
}

void faulty_vfs_unregister(sqlite3_vfs *vfs) {
  sqlite3_vfs_unregister(vfs);
  free(vfs);
}
