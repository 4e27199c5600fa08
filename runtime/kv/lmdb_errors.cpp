// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/lmdb_errors.hpp"

#include <cerrno>
#include <cstdint>

#include <fmt/format.h>
#include <lmdb.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "runtime/kv/txn.hpp"

namespace aisle::kv {
namespace {

/// Less room than that and a failed write was a full disk: a part may need more, a page never.
constexpr std::uint64_t room_for_a_page = 64 << 10;

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

bool disk_is_full(const std::string& path) {
  struct statvfs facts{};
  return ::statvfs(path.c_str(), &facts) == 0 &&
         std::uint64_t{facts.f_bavail} * facts.f_frsize < room_for_a_page;
}

/// A write across the limit on the size of files is cut short, too.
bool file_is_at_limit(const std::string& path) {
  struct rlimit limit{};
  struct stat facts{};
  return ::getrlimit(RLIMIT_FSIZE, &limit) == 0 && ::stat(path.c_str(), &facts) == 0 &&
         limit.rlim_cur != RLIM_INFINITY &&
         static_cast<std::uint64_t>(facts.st_size) + room_for_a_page > limit.rlim_cur;
}

error made(errc code, int number, std::string_view doing, const std::string& path) {
  return {code,
          fmt::format("cannot {} {}: {}; {}", doing, path, ::mdb_strerror(number), advice(code))};
}

}  // namespace

error lmdb_error(int code, std::string_view doing, const std::string& path) {
  return made(code_of(code), code, doing, path);
}

void throw_lmdb(int code, std::string_view doing, const std::string& path) {
  if (code == MDB_MAP_FULL) throw map_full{};
  throw trouble{lmdb_error(code, doing, path)};
}

error commit_error(int code, const std::string& path) {
  if (code == EIO && (disk_is_full(path) || file_is_at_limit(path))) {
    return made(errc::no_space, ENOSPC, "write", path);
  }
  return lmdb_error(code, "write", path);
}

}  // namespace aisle::kv
