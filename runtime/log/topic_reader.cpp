// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/topic_reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/log/reader.hpp"

namespace aisle::log {
namespace {

// Records between two looks at partitions that had nothing more, while others have.
constexpr std::uint32_t records_between_looks = 256;

std::unexpected<io::error> failed(const error& from) { return std::unexpected{as_io_error(from)}; }

// One partition, and the batch of it that is being handed out.
struct partition_cursor {
  log::reader reader;
  // The first offset that is not read any more; none when the topic is followed.
  std::optional<base::offset> until;
  std::vector<record> batch{};
  std::size_t at = 0;

  [[nodiscard]] bool has_record() const { return at < batch.size(); }
  [[nodiscard]] base::offset position() const {
    return has_record() ? batch[at].offset : reader.position();
  }
  [[nodiscard]] bool ended() const { return until && position() >= *until; }

  // Reads the next batch when this one has been handed out.
  result<void> fill() {
    if (has_record() || ended()) return {};
    at = 0;
    const auto more = reader.poll(batch);
    if (!more) return std::unexpected{more.error()};
    return {};
  }
};

class topic_reader final : public io::record_reader {
 public:
  topic_reader(std::vector<partition_cursor> partitions, std::size_t most_bytes)
      : partitions_{std::move(partitions)}, most_bytes_{most_bytes} {}

  io::result<io::reading> next(io::raw_record& into) override {
    auto* chosen = until_look_ > 0 ? earliest() : nullptr;
    if (chosen == nullptr) {
      for (auto& partition : partitions_) {
        if (auto filled = partition.fill(); !filled) return failed(filled.error());
      }
      until_look_ = records_between_looks;
      chosen = earliest();
    }
    if (chosen == nullptr) {
      const bool all = std::ranges::all_of(partitions_, &partition_cursor::ended);
      return all ? io::reading::end : io::reading::caught_up;
    }
    --until_look_;
    const auto& record = chosen->batch[chosen->at++];
    given_ = &record;
    // Empty views stand in memory that can be read, too.
    const auto value = record.value.value_or(std::string_view{no_bytes_.data(), 0});
    into = {
        .bytes = value.substr(0, most_bytes_),
        .ordinal = record.offset,
        .length = value.size(),
        .partition = base::partition_id{static_cast<std::uint32_t>(chosen - partitions_.data())},
        .key = record.key.value_or(std::string_view{}),
        .tombstone = !record.value.has_value()};
    // Its bytes must stay good until the next call, so the next batch is read only then.
    if (!chosen->has_record()) until_look_ = 0;
    return io::reading::record;
  }

  std::vector<flow::record_header> headers() const override {
    std::vector<flow::record_header> all;
    if (given_ == nullptr) return all;
    for (const auto& [name, value] : given_->headers) {
      all.push_back({.name = name, .value = value.value_or("")});
    }
    return all;
  }

  std::uint32_t partitions() const override {
    return static_cast<std::uint32_t>(partitions_.size());
  }

  io::read_position position(base::partition_id of) const override {
    return {.partition = of, .ordinal = partitions_.at(of.get()).position()};
  }

  io::result<void> seek(const io::read_position& to) override {
    if (to.partition.get() >= partitions_.size()) {
      return base::fail(io::errc::changed,
                        "the topic has fewer partitions than the position names; "
                        "start with an empty state");
    }
    auto& partition = partitions_[to.partition.get()];
    partition.batch.clear();
    partition.at = 0;
    given_ = nullptr;
    until_look_ = 0;
    if (auto there = partition.reader.seek(to.ordinal); !there) return failed(there.error());
    return {};
  }

  bool watch(io::file_watch& by) const override {
    return std::ranges::all_of(partitions_, [&](const partition_cursor& partition) {
      return !partition.until && by.add(partition.reader.end_file());
    });
  }

  std::optional<io::backlog> behind(base::partition_id of) const override {
    const auto& partition = partitions_.at(of.get());
    if (partition.until) return std::nullopt;
    const auto end = partition.reader.end();
    const auto bytes = partition.reader.bytes_behind();
    if (!end || !bytes) return io::backlog{.bytes = 1, .records = std::nullopt};
    io::backlog left{
        .bytes = *bytes,
        .records = static_cast<std::uint64_t>(end->get() - partition.position().get())};
    for (auto at = partition.at; at < partition.batch.size(); ++at) {
      left.bytes += partition.batch[at].value.value_or("").size() + 1;
    }
    return left;
  }

 private:
  // The partition whose next record was stamped first; null when none has one.
  partition_cursor* earliest() {
    partition_cursor* first = nullptr;
    for (auto& partition : partitions_) {
      if (!partition.has_record() || partition.ended()) continue;
      if (first == nullptr ||
          partition.batch[partition.at].timestamp < first->batch[first->at].timestamp) {
        first = &partition;
      }
    }
    return first;
  }

  std::vector<partition_cursor> partitions_;
  std::size_t most_bytes_;
  std::uint32_t until_look_ = 0;
  // In its batch, which stays until the next call; null before the first one and behind a seek.
  const record* given_ = nullptr;
  std::array<char, io::record_padding> no_bytes_{};
};

}  // namespace

io::error as_io_error(const error& from) {
  const auto code = [&] {
    switch (from.code) {
      case errc::not_found:
        return io::errc::not_found;
      case errc::no_permission:
        return io::errc::no_permission;
      case errc::no_space:
        return io::errc::no_space;
      case errc::write_failed:
        return io::errc::write_failed;
      case errc::corrupt:
        return io::errc::corrupt;
      case errc::out_of_range:
      case errc::foreign:
        return io::errc::changed;
      default:
        return io::errc::read_failed;
    }
  }();
  return {code, from.message};
}

result<std::unique_ptr<io::record_reader>> open_topic_reader(const topic& of, extent until,
                                                             std::size_t most_bytes, io::disk& on) {
  std::vector<partition_cursor> partitions;
  for (std::uint32_t partition = 0; partition < of.settings.partitions; ++partition) {
    auto reader = reader::open_at_start(of, base::partition_id{partition}, on);
    if (!reader) return std::unexpected{std::move(reader.error())};
    std::optional<base::offset> end;
    if (until == extent::present_end) {
      const auto now = reader->end();
      if (!now) return std::unexpected{now.error()};
      end = *now;
    }
    partitions.push_back({.reader = std::move(*reader), .until = end});
  }
  return std::make_unique<topic_reader>(std::move(partitions), most_bytes);
}

}  // namespace aisle::log
