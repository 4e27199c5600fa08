// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <limits>

#include <fmt/format.h>

#include "runtime/base/json_object.hpp"
#include "runtime/io/file_watch.hpp"
#include "runtime/log/reader.hpp"
#include "tools/aisle/log_commands.hpp"

namespace aisle::tool {
namespace {

/// Looks again after so long even where nothing was heard of: watches are hints.
constexpr base::duration look_again{1000};
constexpr base::duration look_again_unwatched{20};

/// `name` as text, or `name_base64` where the bytes are none; null stays null.
void put(base::json_object& object, const std::string& name,
         const std::optional<std::string_view>& bytes) {
  if (!bytes) {
    object.raw(name, "null");
  } else if (base::is_utf8(*bytes)) {
    object.text(name, *bytes);
  } else {
    object.text(name + "_base64", base::to_base64(*bytes));
  }
}

std::string envelope(const log::record& record, std::uint32_t partition) {
  std::string line;
  base::json_object object{line};
  object.integer("partition", partition);
  object.integer("offset", record.offset.get());
  put(object, "key", record.key);
  object.time("timestamp", record.timestamp);
  base::json_object headers{object.name("headers")};
  for (const auto& [name, value] : record.headers)
    put(headers, std::string{name}, value);
  headers.end();
  put(object, "value", record.value);
  object.end();
  return line;
}

class reading {
 public:
  explicit reading(const log_options& options)
      : options_{options}, left_{options.max.value_or(std::numeric_limits<std::uint64_t>::max())} {}

  log::result<void> open(const log::topic& topic) {
    const auto first = options_.partition.value_or(0);
    const auto end = options_.partition ? first + 1 : topic.settings.partitions;
    for (auto partition = first; partition < end; ++partition) {
      const base::partition_id id{partition};
      auto reader = options_.from ? log::reader::open(topic, id, base::offset{*options_.from})
                                  : log::reader::open_at_start(topic, id);
      if (!reader) return std::unexpected{std::move(reader.error())};
      watch_.add(reader->end_file());
      readers_.emplace_back(partition, std::move(*reader));
    }
    return {};
  }

  /// Prints what there is; false when nothing was there.
  log::result<bool> print() {
    bool any = false;
    for (auto& [partition, reader] : readers_) {
      while (left_ > 0) {
        const auto more = reader.poll(records_);
        if (!more) return more;
        if (!*more) break;
        any = true;
        for (const auto& record : records_) {
          if (left_ == 0) break;
          print(record, partition);
          --left_;
        }
      }
    }
    std::fflush(stdout);
    return any;
  }

  /// False when there is nothing to wait for.
  bool wait() {
    if (!options_.follow || left_ == 0 || std::ferror(stdout) != 0) return false;
    watch_.wait(watch_.watches() ? look_again : look_again_unwatched);
    return true;
  }

 private:
  void print(const log::record& record, std::uint32_t partition) const {
    const auto line =
        options_.json ? envelope(record, partition) : std::string{record.value.value_or("null")};
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
  }

  const log_options& options_;
  std::uint64_t left_;
  std::vector<std::pair<std::uint32_t, log::reader>> readers_;
  std::vector<log::record> records_;
  io::file_watch watch_;
};

}  // namespace

int log_read(const log_options& options, const std::filesystem::path& folder) {
  const auto topic = log::open_topic(folder, options.topic);
  if (!topic) return log_failure(topic.error());
  reading of{options};
  if (auto opened = of.open(*topic); !opened) return log_failure(opened.error());
  do {
    if (const auto printed = of.print(); !printed) return log_failure(printed.error());
  } while (of.wait());
  return done;
}

}  // namespace aisle::tool
