// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/file_check.hpp"

#include <system_error>

#include <fmt/format.h>

#include "runtime/kv/page_walk.hpp"

namespace aisle::kv {

result<void> check_file(const std::filesystem::path& path) {
  std::error_code absent;
  if (!std::filesystem::exists(path, absent) && !absent) return {};
  const auto file = page_file::open(path);
  if (!file) return std::unexpected{file.error()};
  if (file->bytes() == 0) return {};
  page_walk walk{*file, walk_depth::branches, {}};
  const auto defects = walk.run();
  if (defects.empty() && !walk.could_be_ours("ledger")) {
    return fail(errc::foreign, fmt::format("{} is another program's; choose another folder with "
                                           "--state",
                                           path.string()));
  }
  if (defects.empty()) return {};
  return fail(errc::damaged,
              fmt::format("{} is damaged: at byte {}: {}; restore it from a backup, `aisle "
                          "checkpoint verify` lists all that is wrong",
                          path.string(), defects[0].at, defects[0].what));
}

}  // namespace aisle::kv
