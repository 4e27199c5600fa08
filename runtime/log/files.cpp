// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/files.hpp"

#include <algorithm>
#include <array>
#include <ranges>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace aisle::log {
namespace fs = std::filesystem;

result<std::string> read_file(const fs::path& path, std::size_t bytes_max, io::disk& on) {
  auto file = on.open(path, io::disk::mode::read);
  if (!file) return failed(io::action::read, "cannot open", path, file.error());
  std::string bytes(bytes_max, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto read = (*file)->read_at(size, std::span{bytes}.subspan(size));
    if (!read) return failed(io::action::read, "cannot read", path, read.error());
    if (*read == 0) break;
    size += *read;
  }
  bytes.resize(size);
  return bytes;
}

result<void> write_file(const fs::path& path, std::string_view bytes, io::disk& on) {
  auto unfinished = path;
  unfinished += unfinished_suffix;
  auto file = on.open(unfinished, io::disk::mode::replace);
  if (!file) return failed(io::action::write, "cannot make", unfinished, file.error());
  const auto outcome = io::write_all(**file, 0, bytes);
  if (outcome.number != 0) {
    return failed(io::action::write, "cannot write", unfinished, outcome.number);
  }
  if (const auto synced = (*file)->sync(); !synced) {
    return failed(io::action::sync, "cannot sync", unfinished, synced.error());
  }
  if (const auto named = on.rename(unfinished, path); !named) {
    return failed(io::action::write, "cannot rename", unfinished, named.error());
  }
  return {};
}

result<void> make_folder(const fs::path& folder, io::disk& on) {
  std::vector<fs::path> to_make;
  std::error_code unknown;
  for (auto at = folder; !at.empty() && !fs::exists(at, unknown) && !unknown;
       at = at.parent_path()) {
    to_make.push_back(at);
  }
  if (unknown) return failed(io::action::write, "cannot look at", folder, unknown.value());
  for (const auto& path : to_make | std::views::reverse) {
    std::error_code code;
    fs::create_directory(path, code);
    if (code) return failed(io::action::write, "cannot make the folder", path, code.value());
    const auto above = path.has_parent_path() ? path.parent_path() : fs::path{"."};
    if (auto synced = sync_folder(above, on); !synced) return synced;
  }
  return {};
}

result<void> sync_folder(const fs::path& folder, io::disk& on) {
  const auto synced = on.sync_folder(folder);
  if (!synced) return failed(io::action::sync, "cannot sync", folder, synced.error());
  return {};
}

result<std::vector<base::offset>> list_segments(const fs::path& folder) {
  std::vector<base::offset> bases;
  std::error_code code;
  for (fs::directory_iterator at{folder, code}, end; !code && at != end; at.increment(code)) {
    if (const auto base = base_of(at->path())) bases.push_back(*base);
  }
  if (code) return failed(io::action::read, "cannot list", folder, code.value());
  std::ranges::sort(bases);
  return bases;
}

result<std::unique_ptr<io::open_file>> open_end(const topic& of, base::partition_id partition,
                                                io::disk::mode how, io::disk& on) {
  const auto path = of.partition_folder(partition) / end_name;
  const auto doing = how == io::disk::mode::read ? io::action::read : io::action::write;
  auto file = on.open(path, how);
  if (!file) return failed(doing, "cannot open", path, file.error());
  return std::move(*file);
}

result<end_mark> read_end(const topic& of, base::partition_id partition, io::open_file& file) {
  const auto path = of.partition_folder(partition) / end_name;
  // A writer may be half-way through writing it at this moment; a second look sees it whole.
  constexpr int looks = 64;
  for (int look = 0; look < looks; ++look) {
    std::array<char, end_mark_bytes> bytes{};
    const auto read = file.read_at(0, bytes);
    if (!read) return failed(io::action::read, "cannot read", path, read.error());
    const auto mark = decode_end_mark({bytes.data(), *read});
    if (!mark) continue;
    if (mark->of == of.identity(partition)) return *mark;
    return base::fail(errc::foreign,
                      fmt::format("{} belongs to partition {} of topic {:016x}; move it out of "
                                  "the log's folder",
                                  path.string(), mark->of.partition.get(), mark->of.topic));
  }
  return base::fail(errc::corrupt, fmt::format("{} is damaged; the next append to the partition "
                                               "makes it anew from the segments",
                                               path.string()));
}

}  // namespace aisle::log
