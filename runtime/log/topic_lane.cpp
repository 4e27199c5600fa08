// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/topic_lane.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/log/bytes.hpp"
#include "runtime/log/partition_writer.hpp"
#include "runtime/log/topic_reader.hpp"

namespace aisle::log {
namespace {

constexpr std::size_t append_bytes_max = std::size_t{4} << 20;

class topic_lane final : public io::lane_writer {
 public:
  topic_lane(partition_writer to, std::uint64_t producer, const base::clock& clock)
      : to_{std::move(to)}, producer_{producer}, clock_{&clock} {}

  result<void> take_over() {
    const auto known = to_.take_over(producer_);
    if (!known) return std::unexpected{known.error()};
    by_ = {.id = producer_, .epoch = known->epoch, .sequence = known->next_sequence};
    byte_reader marker{known->marker};
    delivered_ = known->marker.empty() ? 0 : marker.take<std::uint64_t>();
    mark_ = known->marker.substr(std::min(known->marker.size(), sizeof delivered_));
    return {};
  }

  io::result<void> write_at(std::uint64_t offset, std::string_view bytes) override {
    return write_marked(offset, bytes, mark_);
  }

  io::result<void> write_marked(std::uint64_t offset, std::string_view bytes,
                                std::string_view mark) override {
    if (offset > delivered_) {
      return base::fail(io::errc::too_short,
                        fmt::format("the topic lacks bytes {} to {} of this lane; start with an "
                                    "empty state",
                                    delivered_, offset));
    }
    bytes.remove_prefix(std::min<std::uint64_t>(delivered_ - offset, bytes.size()));
    while (!bytes.empty()) {
      const auto some = whole_lines(bytes);
      bytes.remove_prefix(some.size());
      // Before the last append not all of it is there.
      const std::string to_keep{bytes.empty() ? mark : mark_};
      if (auto done = append(some, to_keep); !done) {
        return std::unexpected{as_io_error(done.error())};
      }
    }
    return {};
  }

  io::result<std::uint64_t> resume() override { return delivered_; }
  [[nodiscard]] bool keeps_marks() const override { return true; }
  [[nodiscard]] std::optional<std::string> mark() const override {
    return mark_.empty() ? std::nullopt : std::optional{mark_};
  }

  // Every append is synced before it is acknowledged.
  io::result<void> sync() override { return {}; }

 private:
  // As many lines as go into one append; one at least.
  static std::string_view whole_lines(std::string_view bytes) {
    if (bytes.size() <= append_bytes_max) return bytes;
    auto end = bytes.rfind('\n', append_bytes_max - 1);
    if (end == std::string_view::npos) end = bytes.find('\n');
    return bytes.substr(0, end == std::string_view::npos ? end : end + 1);
  }

  result<void> append(std::string_view lines, const std::string& mark) {
    std::vector<new_record> records;
    const auto now = clock_->now();
    for (auto rest = lines; !rest.empty();) {
      const auto line = rest.substr(0, rest.find('\n'));
      records.push_back({.key = {}, .value = line, .timestamp = now, .headers = {}});
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    }
    std::string marker;
    put(marker, delivered_ + lines.size());
    marker += mark;
    const auto done = to_.append({.records = records, .by = by_, .marker = marker});
    if (!done) return std::unexpected{done.error()};
    by_.sequence += records.size();
    delivered_ += lines.size();
    mark_ = mark;
    return {};
  }

  partition_writer to_;
  std::uint64_t producer_;
  const base::clock* clock_;
  producer_stamp by_;
  std::uint64_t delivered_ = 0;
  std::string mark_;
};

// The topic as it is, or made with these partitions.
result<topic> open_or_make(const std::filesystem::path& folder, std::string_view name,
                           std::uint32_t partitions, const base::clock& clock, io::disk& on) {
  auto there = open_topic(folder, name, on);
  if (there || there.error().code != errc::not_found) return there;
  return make_topic(folder, name, {.partitions = partitions, .keep = {}}, clock, on);
}

}  // namespace

io::result<std::unique_ptr<io::lane_writer>> open_lane(const std::filesystem::path& folder,
                                                       std::string_view name, std::uint32_t lanes,
                                                       base::lane_id lane, std::string_view owner,
                                                       const base::clock& clock, io::disk& on) {
  auto topic = open_or_make(folder, name, lanes, clock, on);
  if (!topic) return std::unexpected{as_io_error(topic.error())};
  const base::partition_id partition{lane.get() % topic->settings.partitions};
  const auto producer = base::hash64(fmt::format("{}/{}", owner, lane.get()));
  auto made = std::make_unique<topic_lane>(
      partition_writer{std::move(*topic), partition, clock, on}, producer, clock);
  if (auto mine = made->take_over(); !mine) return std::unexpected{as_io_error(mine.error())};
  return made;
}

}  // namespace aisle::log
