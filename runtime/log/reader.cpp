// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/log/files.hpp"
#include "runtime/log/partition_writer.hpp"

namespace aisle::log {
namespace {

// Settles what a dead appender left, so that a log that nobody writes any more shows all it holds.
// Best effort: a reader without the right to write, or beside an appender, reads what is published.
void settle(const topic& of, base::partition_id partition, io::disk& on) {
  partition_writer writer{of, partition, base::system_clock(), on};
  static_cast<void>(writer.recover_if_idle());
}

// True when the last segment is longer than the end mark says, or not the mark's.
bool is_unsettled(const topic& of, base::partition_id partition, const end_mark& end,
                  io::disk& on) {
  const auto segments = list_segments(of.partition_folder(partition));
  if (!segments || segments->empty()) return false;
  if (segments->back() != end.segment) return true;
  const auto file =
      on.open(of.partition_folder(partition) / segment_name(end.segment), io::disk::mode::read);
  const auto facts = file ? (*file)->facts() : std::unexpected{file.error()};
  return facts && facts->bytes != end.position;
}

}  // namespace

reader::reader(topic of, base::partition_id partition, io::disk& on)
    : of_{std::move(of)}, partition_{partition}, disk_{&on} {}

result<reader> reader::open(const topic& of, base::partition_id partition, base::offset from,
                            io::disk& on) {
  if (partition.get() >= of.settings.partitions) {
    return base::fail(errc::not_found,
                      fmt::format("topic {} has no partition {}: it has {}", of.name,
                                  partition.get(), of.settings.partitions));
  }
  reader made{of, partition, on};
  if (auto opened = made.open_end_mark(); !opened) {
    return std::unexpected{std::move(opened.error())};
  }
  if (auto there = made.seek(from); !there) return std::unexpected{std::move(there.error())};
  return made;
}

result<reader> reader::open_at_start(const topic& of, base::partition_id partition, io::disk& on) {
  // Retention may remove the oldest segment between the two looks.
  constexpr int tries = 8;
  auto opened = open(of, partition, base::offset{0}, on);
  for (int at = 0; at < tries && !opened && opened.error().code == errc::out_of_range; ++at) {
    const auto segments = list_segments(of.partition_folder(partition));
    if (!segments) return std::unexpected{segments.error()};
    if (!segments->empty()) opened = open(of, partition, segments->front(), on);
  }
  return opened;
}

result<void> reader::open_end_mark() {
  auto file = log::open_end(of_, partition_, io::disk::mode::read, *disk_);
  if (!file) return std::unexpected{std::move(file.error())};
  end_file_ = std::move(*file);
  auto mark = look_at_end();
  const bool mendable = !mark && mark.error().code == errc::corrupt;
  if (mendable || (mark && is_unsettled(of_, partition_, *mark, *disk_))) {
    settle(of_, partition_, *disk_);
    mark = look_at_end();
  }
  if (!mark) return std::unexpected{std::move(mark.error())};
  end_ = *mark;
  return {};
}

result<end_mark> reader::look_at_end() const { return read_end(of_, partition_, *end_file_); }

result<base::offset> reader::start() const {
  const auto segments = list_segments(of_.partition_folder(partition_));
  if (!segments) return std::unexpected{segments.error()};
  return segments->empty() ? end_.next : segments->front();
}

result<base::offset> reader::end() const {
  const auto mark = look_at_end();
  if (!mark) return std::unexpected{mark.error()};
  return mark->next;
}

std::filesystem::path reader::end_file() const {
  return of_.partition_folder(partition_) / end_name;
}

result<std::uint64_t> reader::bytes_behind() const {
  const auto mark = look_at_end();
  if (!mark) return std::unexpected{mark.error()};
  if (mark->next <= position_) return std::uint64_t{0};
  const auto here = segment_->header().base;
  if (mark->segment == here) return mark->position - segment_->position();
  auto bytes = mark->position;
  const auto segments = list_segments(of_.partition_folder(partition_));
  if (!segments) return std::unexpected{segments.error()};
  for (const auto base : *segments) {
    if (base < here || base >= mark->segment) continue;
    const auto file =
        disk_->open(of_.partition_folder(partition_) / segment_name(base), io::disk::mode::read);
    const auto facts = file ? (*file)->facts() : std::unexpected{file.error()};
    if (facts) bytes += facts->bytes - (base == here ? segment_->position() : 0);
  }
  return bytes;
}

result<void> reader::open_segment(base::offset base) {
  const auto path = of_.partition_folder(partition_) / segment_name(base);
  auto opened = segment_walker::open(path, of_.identity(partition_), *disk_);
  if (!opened) return std::unexpected{std::move(opened.error())};
  segment_.emplace(std::move(*opened));
  return {};
}

result<void> reader::seek(base::offset to) {
  const auto mark = look_at_end();
  if (!mark) return std::unexpected{mark.error()};
  end_ = *mark;
  const auto segments = list_segments(of_.partition_folder(partition_));
  if (!segments) return std::unexpected{segments.error()};
  const auto after = std::ranges::upper_bound(*segments, to);
  if (after == segments->begin() || to > end_.next) {
    return base::fail(
        errc::out_of_range,
        fmt::format("partition {} of {} keeps the offsets {} to {}, and {} is none "
                    "of them{}",
                    partition_.get(), of_.name, segments->empty() ? 0 : segments->front().get(),
                    end_.next.get(), to.get(),
                    to > end_.next ? "; the log is another one, or was shortened"
                                   : ": retention has removed it"));
  }
  // A segment behind the end's is one that nobody has published yet.
  if (auto opened = open_segment(std::min(*(after - 1), end_.segment)); !opened) return opened;
  position_ = to;
  return {};
}

result<segment_walker::found> reader::next_batch(batch_view& into) {
  const bool last = segment_->header().base == end_.segment;
  if (last) return segment_->next(end_.position, into);
  const auto bytes = segment_->file_bytes();
  if (!bytes) return std::unexpected{bytes.error()};
  return segment_->next(*bytes, into);
}

// Behind the last batch of a segment that is closed: the next one begins with the next offset, or
// something is missing.
result<bool> reader::go_to_next_segment() {
  const auto segments = list_segments(of_.partition_folder(partition_));
  if (!segments) return std::unexpected{segments.error()};
  const auto here = segment_->header().base;
  const auto next = std::ranges::upper_bound(*segments, here);
  if (next == segments->end()) {
    return damaged(segment_->path(), segment_->position(), "the segments behind it are missing");
  }
  if (*next != position_) {
    // Retention may have removed what this reader had not come to.
    if (std::ranges::find(*segments, here) == segments->end()) {
      return base::fail(errc::out_of_range,
                        fmt::format("retention removed the offsets {} to {} of partition {} of {} "
                                    "before they were read; keep more, or read faster",
                                    position_.get(), next->get() - 1, partition_.get(), of_.name));
    }
    return damaged(segment_->path(), segment_->position(),
                   fmt::format("the segment ends before offset {}, and the next begins with {}",
                               position_.get(), next->get()));
  }
  if (auto opened = open_segment(*next); !opened) {
    return std::unexpected{std::move(opened.error())};
  }
  return true;
}

result<bool> reader::poll(std::vector<record>& into) {
  into.clear();
  for (;;) {
    batch_view batch;
    const auto found = next_batch(batch);
    if (!found) return std::unexpected{found.error()};
    if (*found == segment_walker::found::damage) {
      return damaged(segment_->path(), segment_->position(), "a batch does not fit its checksum");
    }
    if (*found == segment_walker::found::end) {
      auto mark = look_at_end();
      if (!mark) return std::unexpected{std::move(mark.error())};
      const bool closed = segment_->header().base != mark->segment;
      const bool knew = end_ == *mark;
      end_ = *mark;
      if (!knew) continue;
      if (!closed && segment_->position() < end_.position) {
        return damaged(
            segment_->path(), segment_->position(),
            fmt::format("the file ends here, but {} bytes were acknowledged", end_.position));
      }
      if (!closed) return false;
      if (auto gone_on = go_to_next_segment(); !gone_on) return gone_on;
      continue;
    }
    if (batch.end() <= position_) continue;
    if (batch.header.base > position_) {
      return damaged(segment_->path(), batch.position,
                     fmt::format("a batch begins with offset {}, expected {}",
                                 batch.header.base.get(), position_.get()));
    }
    if (!decode_records(batch, into)) {
      into.clear();
      return damaged(segment_->path(), batch.position, "the records of a batch cannot be read");
    }
    const auto before = static_cast<std::ptrdiff_t>(position_.get() - batch.header.base.get());
    into.erase(into.begin(), into.begin() + before);
    position_ = batch.end();
    return true;
  }
}

}  // namespace aisle::log
