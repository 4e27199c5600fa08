// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/lmdb_errors.hpp"

#include <cerrno>

#include <fmt/format.h>
#include <lmdb.h>

#include "runtime/kv/txn.hpp"

namespace aisle::kv {
namespace {

errc code_of(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return errc::no_space;
    case EACCES:
    case EPERM:
    case EROFS:
      return errc::no_permission;
    case ENOENT:
      return errc::not_found;
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_CURSOR_FULL:
    case MDB_PAGE_FULL:
    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
    case MDB_INCOMPATIBLE:
    case MDB_NOTFOUND:
    case MDB_BAD_VALSIZE:
      return errc::damaged;
    default:
      return errc::failed;
  }
}

std::string_view advice(errc code) {
  switch (code) {
    case errc::no_space:
      return "make room; nothing is lost, it will be tried again";
    case errc::no_permission:
      return "give this user the right to it";
    case errc::damaged:
      return "restore the state from a backup; `aisle checkpoint verify` says where the damage is";
    default:
      return "look after the disk, and start again: everything that was complete is kept";
  }
}

/// What cuts a write short, a disk that fills up or a limit on the size of files, may be gone by
/// now, so nobody looks for it: written again, it succeeds, or fails with a reason of its own.
int number_of(int code) { return code == EIO && errno != EIO ? ENOSPC : code; }

}  // namespace

error lmdb_error(int code, std::string_view doing, const std::string& path) {
  const auto made = code_of(code);
  return {made,
          fmt::format("cannot {} {}: {}; {}", doing, path, ::mdb_strerror(code), advice(made))};
}

void throw_lmdb(int code, std::string_view doing, const std::string& path) {
  if (code == MDB_MAP_FULL) throw map_full{};
  throw trouble{lmdb_error(number_of(code), doing, path)};
}

error commit_error(int code, const std::string& path) {
  return lmdb_error(number_of(code), "write", path);
}

}  // namespace aisle::kv
