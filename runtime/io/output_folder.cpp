// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/output_folder.hpp"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace aisle::io {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view summary_name = "summary.json";
constexpr std::string_view unfinished_suffix = ".unfinished";

bool is_of_a_lane(std::string_view name, std::string_view prefix) {
  constexpr std::string_view suffix = ".ndjson";
  constexpr std::size_t digits_min = 4;
  if (!name.starts_with(prefix) || !name.ends_with(suffix)) return false;
  if (name.size() < prefix.size() + digits_min + suffix.size()) return false;
  const auto number = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  return number.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_of_a_sink(std::string_view name) {
  return is_of_a_lane(name, "part-") || is_of_a_lane(name, "undelivered-");
}

bool is_summary(std::string_view name) {
  return name == summary_name ||
         (name.starts_with(summary_name) && name.substr(summary_name.size()) == unfinished_suffix);
}

// What an output folder holds, links not followed.
struct inventory {
  std::vector<fs::path> results;
  std::vector<fs::path> folders;  // a folder stands before those inside of it
  std::vector<fs::path> strange;
  std::vector<fs::path> with_bytes;
};

void take_stock_of(const fs::directory_entry& entry, bool at_top, inventory& of) {
  std::error_code failed;
  const auto status = entry.symlink_status(failed);
  if (failed) {
    of.strange.push_back(entry.path());
    return;
  }
  if (fs::is_directory(status)) {
    of.folders.push_back(entry.path());
    return;
  }
  const auto name = entry.path().filename().string();
  const bool ours = fs::is_regular_file(status) && (at_top ? is_summary(name) : is_of_a_sink(name));
  (ours ? of.results : of.strange).push_back(entry.path());
  if (!fs::is_regular_file(status) || entry.file_size(failed) > 0) {
    of.with_bytes.push_back(entry.path());
  }
}

std::unexpected<error> cannot(std::string_view what, const fs::path& path,
                              const std::error_code& why) {
  return std::unexpected{system_error(action::write, what, path, why.value())};
}

result<inventory> take_stock(const fs::path& out) {
  inventory found;
  std::error_code failed;
  for (fs::recursive_directory_iterator entry{out, failed}, end; !failed && entry != end;
       entry.increment(failed)) {
    take_stock_of(*entry, entry.depth() == 0, found);
  }
  if (failed) return cannot("cannot list", out, failed);
  return found;
}

// The first few of them, for a message.
std::string name_some(std::vector<fs::path> paths, const fs::path& below) {
  constexpr std::size_t named_max = 3;
  std::sort(paths.begin(), paths.end());
  std::string text;
  for (std::size_t i = 0; i < std::min(named_max, paths.size()); ++i) {
    text += (i > 0 ? ", " : "") + paths[i].lexically_relative(below).string();
  }
  const auto more = paths.size() - std::min(named_max, paths.size());
  return more > 0 ? fmt::format("{} and {} more", text, more) : text;
}

result<void> remove_all_of(const inventory& found) {
  std::error_code failed;
  for (const auto& path : found.results) {
    if (!fs::remove(path, failed) && failed) return cannot("cannot remove", path, failed);
  }
  for (auto folder = found.folders.rbegin(); folder != found.folders.rend(); ++folder) {
    if (!fs::remove(*folder, failed) && failed) return cannot("cannot remove", *folder, failed);
  }
  return {};
}

result<void> write_and_sync(open_file& file, const fs::path& path, std::string_view bytes) {
  if (const auto number = write_all(file, 0, bytes).number; number != 0) {
    return std::unexpected{system_error(action::write, "cannot write", path, number)};
  }
  if (const auto synced = file.sync(); !synced) {
    return std::unexpected{system_error(action::sync, "cannot sync", path, synced.error())};
  }
  return {};
}

result<void> write_new_file(const fs::path& path, std::string_view bytes, disk& on) {
  auto file = on.open(path, disk::mode::replace);
  if (!file) return std::unexpected{system_error(action::write, "cannot open", path, file.error())};
  return write_and_sync(**file, path, bytes);
}

result<void> put_in_place(const fs::path& unfinished, const fs::path& path, disk& on) {
  if (const auto moved = on.rename(unfinished, path); !moved) {
    return std::unexpected{system_error(action::write, "cannot replace", path, moved.error())};
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  if (const auto synced = on.sync_folder(folder); !synced) {
    return std::unexpected{system_error(action::sync, "cannot sync", folder, synced.error())};
  }
  return {};
}

}  // namespace

result<void> make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return cannot("cannot make the folder", folder, failed);
  return {};
}

result<void> prepare_output_folder(const fs::path& out, earlier_results earlier) {
  if (auto made = make_folder(out); !made) return made;
  const auto found = take_stock(out);
  if (!found) return std::unexpected{found.error()};
  if (earlier == earlier_results::remove) {
    if (found->strange.empty()) return remove_all_of(*found);
    return base::fail(errc::not_ours,
                      fmt::format("{} holds what Aisle does not write ({}), so nothing in it is "
                                  "removed; choose another folder, or empty it yourself",
                                  out.string(), name_some(found->strange, out)));
  }
  if (found->with_bytes.empty()) return {};
  return base::fail(errc::not_empty,
                    fmt::format("{} is not empty ({}); choose another folder, or say "
                                "--overwrite to remove an earlier run's results",
                                out.string(), name_some(found->with_bytes, out)));
}

result<void> write_file_atomically(const fs::path& path, std::string_view bytes, disk& on) {
  auto unfinished = path;
  unfinished += unfinished_suffix;
  auto written = write_new_file(unfinished, bytes, on);
  if (written) written = put_in_place(unfinished, path, on);
  if (!written) {
    std::error_code ignored;
    fs::remove(unfinished, ignored);
  }
  return written;
}

}  // namespace aisle::io
