// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/topic.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/log/bytes.hpp"
#include "runtime/log/files.hpp"
#include "runtime/log/topic_file.hpp"

namespace aisle::log {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view topic_name = "topic";
// No topic can have this name.
constexpr std::string_view topics_lock = "topics~lock";
constexpr std::size_t topic_file_bytes_max = 4096;

bool may_stand_in_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

result<void> check_name(std::string_view name) {
  if (is_topic_name(name)) return {};
  return base::fail(errc::bad_argument,
                    fmt::format("\"{}\" cannot be a topic's name: 1 to 249 letters, digits, '.', "
                                "'_' and '-'",
                                name));
}

result<void> check_settings(const topic_settings& settings) {
  if (settings.partitions < 1 || settings.partitions > partitions_max) {
    return base::fail(errc::bad_argument, fmt::format("{} partitions; 1 to {} are possible",
                                                      settings.partitions, partitions_max));
  }
  if (settings.segment_bytes < segment_bytes_min || settings.segment_bytes > segment_bytes_max) {
    return base::fail(errc::bad_argument,
                      fmt::format("segments of {} bytes; {} to {} are possible",
                                  settings.segment_bytes, segment_bytes_min, segment_bytes_max));
  }
  return {};
}

// A partition without a record: a segment that has only its header, and the end behind it.
result<void> make_partition(const topic& of, base::partition_id partition, const base::clock& clock,
                            io::disk& on) {
  const auto folder = of.partition_folder(partition);
  if (auto made = make_folder(folder, on); !made) return made;
  const segment_header header{
      .of = of.identity(partition), .base = base::offset{0}, .created_at = clock.now()};
  const auto segment = folder / segment_name(header.base);
  if (auto wrote = write_file(segment, encode(header), on); !wrote) return wrote;
  const end_mark end{.of = header.of,
                     .segment = header.base,
                     .position = segment_header_bytes,
                     .next = header.base};
  if (auto wrote = write_file(folder / end_name, encode(end), on); !wrote) return wrote;
  return sync_folder(folder, on);
}

// Time and name tell it from a topic of the same name that was there before.
std::uint64_t new_id(std::string_view name, base::event_time now) {
  std::string of{name};
  put(of, now.time_since_epoch().count());
  return base::hash64(of);
}

result<topic> make_locked(const fs::path& folder, std::string_view name,
                          const topic_settings& settings, const base::clock& clock, io::disk& on) {
  topic made{.folder = folder / name,
             .name = std::string{name},
             .id = new_id(name, clock.now()),
             .settings = settings};
  for (std::uint32_t partition = 0; partition < settings.partitions; ++partition) {
    auto one = make_partition(made, base::partition_id{partition}, clock, on);
    if (!one) return std::unexpected{std::move(one.error())};
    base::pass_fault(base::fault_point::log_topic_half_made);
  }
  // Written last: without it there is no topic, and what a crash left is made anew.
  if (auto wrote = write_file(made.folder / topic_name, encode_topic(made), on); !wrote) {
    return std::unexpected{std::move(wrote.error())};
  }
  if (auto synced = sync_folder(made.folder, on); !synced) {
    return std::unexpected{std::move(synced.error())};
  }
  return made;
}

}  // namespace

fs::path topic::partition_folder(base::partition_id partition) const {
  return folder / fmt::format("{:04}", partition.get());
}

bool is_topic_name(std::string_view name) {
  constexpr std::size_t bytes_max = 249;
  return !name.empty() && name.size() <= bytes_max && name != "." && name != ".." &&
         std::ranges::all_of(name, may_stand_in_a_name);
}

result<topic> open_topic(const fs::path& folder, std::string_view name, io::disk& on) {
  if (auto good = check_name(name); !good) return std::unexpected{std::move(good.error())};
  const auto path = folder / name / topic_name;
  const auto text = read_file(path, topic_file_bytes_max, on);
  if (!text && text.error().code == errc::not_found) {
    return base::fail(errc::not_found, fmt::format("there is no topic {} in the log {}; `aisle log "
                                                   "ls --log embedded:{}` shows what there is",
                                                   name, folder.string(), folder.string()));
  }
  if (!text) return std::unexpected{text.error()};
  auto read = decode_topic(*text);
  if (!read) {
    return base::fail(errc::corrupt,
                      fmt::format("{}: {}; restore it from a copy", path.string(), read.error()));
  }
  read->folder = folder / name;
  read->name = name;
  return std::move(*read);
}

result<topic> make_topic(const fs::path& folder, std::string_view name,
                         const topic_settings& settings, const base::clock& clock, io::disk& on) {
  if (auto good = check_name(name); !good) return std::unexpected{std::move(good.error())};
  if (auto good = check_settings(settings); !good) return std::unexpected{std::move(good.error())};
  if (auto made = make_folder(folder, on); !made) return std::unexpected{std::move(made.error())};
  const auto lock = on.lock(folder / topics_lock, io::disk::patience::wait);
  if (!lock) return failed(io::action::write, "cannot lock", folder / topics_lock, lock.error());
  auto there = open_topic(folder, name, on);
  if (!there && there.error().code == errc::not_found) {
    return make_locked(folder, name, settings, clock, on);
  }
  if (there && there->settings != settings) {
    return base::fail(errc::exists,
                      fmt::format("the topic {} is there already with other settings ({} "
                                  "partitions, segments of {} bytes); take those, or another name",
                                  name, there->settings.partitions, there->settings.segment_bytes));
  }
  return there;
}

result<std::vector<topic>> list_topics(const fs::path& folder, io::disk& on) {
  std::vector<topic> topics;
  std::error_code code;
  for (fs::directory_iterator at{folder, code}, end; !code && at != end; at.increment(code)) {
    const auto name = at->path().filename().string();
    if (!is_topic_name(name) || !fs::is_directory(at->path())) continue;
    auto read = open_topic(folder, name, on);
    // A folder without the file is no topic, or one that is being made.
    if (!read && read.error().code == errc::not_found) continue;
    if (!read) return std::unexpected{std::move(read.error())};
    topics.push_back(std::move(*read));
  }
  if (code) return failed(io::action::read, "cannot list", folder, code.value());
  std::ranges::sort(topics, {}, &topic::name);
  return topics;
}

}  // namespace aisle::log
