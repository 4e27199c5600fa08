// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/errors.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace aisle::io {
namespace {

errc code_of(action doing, int number) {
  if (doing == action::sync) return errc::sync_failed;
  switch (number) {
    case ENOENT:
      return errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return errc::no_permission;
    case EISDIR:
    case ENOTDIR:
      return errc::wrong_kind;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return errc::no_space;
    default:
      return doing == action::read ? errc::read_failed : errc::write_failed;
  }
}

std::string_view advice(errc code, int number) {
  if (number == ENOTDIR) return "a part of the path is a file, where a folder is needed";
  switch (code) {
    case errc::not_found:
      return "check the path";
    case errc::no_permission:
      return "give this user the right to it, or choose another path";
    case errc::wrong_kind:
      return "name a file inside of a folder";
    case errc::no_space:
      return "make room; the same bytes are written again then";
    case errc::write_failed:
      return "check the disk; the same bytes are written again then";
    case errc::sync_failed:
      return "check the disk; what was not yet safe is written again";
    default:
      return "check the disk (dmesg may say more), then start again";
  }
}

}  // namespace

error system_error(action doing, std::string_view what, const std::filesystem::path& path,
                   int number) {
  const auto code = code_of(doing, number);
  return {code, fmt::format("{} {}: {}; {}", what, path.string(),
                            std::generic_category().message(number), advice(code, number))};
}

}  // namespace aisle::io
