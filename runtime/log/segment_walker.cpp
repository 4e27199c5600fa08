// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/segment_walker.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "runtime/io/record_reader.hpp"

namespace aisle::log {
namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{256} << 10;
constexpr std::string_view magic_bytes = "BTCH";

std::unexpected<error> not_this_one(const std::filesystem::path& path, std::string_view why) {
  return base::fail(errc::foreign,
                    fmt::format("{} {}; move it out of the log's folder", path.string(), why));
}

}  // namespace

std::unexpected<error> damaged(const std::filesystem::path& path, std::uint64_t position,
                               std::string_view why) {
  return base::fail(
      errc::corrupt,
      fmt::format("{} is damaged at byte {}: {}; nothing was changed: restore the file from a "
                  "copy, and check the disk",
                  path.string(), position, why));
}

segment_walker::segment_walker(std::filesystem::path path, std::unique_ptr<io::open_file> file)
    : path_{std::move(path)}, file_{std::move(file)} {}

result<segment_walker> segment_walker::open(const std::filesystem::path& path,
                                            const partition_identity& of, io::disk& on) {
  auto file = on.open(path, io::disk::mode::read);
  if (!file) return failed(io::action::read, "cannot open", path, file.error());
  segment_walker walker{path, std::move(*file)};
  if (auto read = walker.read_header(of); !read) return std::unexpected{std::move(read.error())};
  return walker;
}

result<void> segment_walker::read_header(const partition_identity& of) {
  const auto bytes = have(segment_header_bytes, segment_header_bytes);
  if (!bytes) return std::unexpected{bytes.error()};
  const auto header = decode_segment_header(*bytes);
  if (!header) {
    switch (header.error()) {
      case not_ours::damaged:
        return damaged(path_, 0, "the segment's header is not what was written");
      case not_ours::strange:
        return not_this_one(path_, "is no segment of a log");
      case not_ours::later_version:
        return base::fail(errc::foreign, fmt::format("{} was written by a later version of aisle; "
                                                     "read it with that one",
                                                     path_.string()));
    }
  }
  if (header->of != of || base_of(path_) != header->base) {
    return not_this_one(
        path_, fmt::format("belongs elsewhere: it is partition {} of topic {:016x} from offset {}",
                           header->of.partition.get(), header->of.topic, header->base.get()));
  }
  header_ = *header;
  seed_ = header->seed();
  position_ = segment_header_bytes;
  return {};
}

result<std::uint64_t> segment_walker::file_bytes() {
  const auto facts = file_->facts();
  if (!facts) return failed(io::action::read, "cannot look at", path_, facts.error());
  return facts->bytes;
}

result<std::string_view> segment_walker::have(std::uint64_t bytes, std::uint64_t limit) {
  const auto end = memory_from_ + memory_bytes_;
  const auto wanted = std::min(bytes, limit - std::min(limit, position_));
  if (position_ < memory_from_ || position_ + wanted > end) {
    const auto to_read = std::min(std::max(wanted, piece_bytes), limit - position_);
    // What is in memory already is read again: it is at most one batch, and from the page cache.
    memory_.resize(std::max<std::size_t>(memory_.size(), to_read + io::record_padding));
    memory_from_ = position_;
    memory_bytes_ = 0;
    while (memory_bytes_ < to_read) {
      const auto read =
          file_->read_at(position_ + memory_bytes_,
                         std::span{memory_}.subspan(memory_bytes_, to_read - memory_bytes_));
      if (!read) return failed(io::action::read, "cannot read", path_, read.error());
      if (*read == 0) break;
      memory_bytes_ += *read;
    }
  }
  const auto at = position_ - memory_from_;
  return std::string_view{memory_.data() + at,
                          std::min(memory_bytes_ - at, limit - std::min(limit, position_))};
}

result<segment_walker::found> segment_walker::next(std::uint64_t limit, batch_view& into) {
  if (position_ >= limit) return found::end;
  auto bytes = have(batch_header_bytes, limit);
  if (!bytes) return std::unexpected{std::move(bytes.error())};
  if (bytes->empty()) return found::end;
  const auto claimed = claimed_bytes(*bytes);
  if (!claimed) return found::damage;
  if (bytes->size() < *claimed) {
    bytes = have(*claimed, limit);
    if (!bytes) return std::unexpected{std::move(bytes.error())};
  }
  const auto batch = decode_batch(*bytes, seed_, position_);
  if (!batch) return found::damage;
  if (batch->header.kind > batch_kind::producers) {
    return base::fail(errc::foreign, fmt::format("{} holds, at byte {}, what a later version of "
                                                 "aisle wrote; read it with that one",
                                                 path_.string(), position_));
  }
  into = *batch;
  position_ += batch->header.bytes;
  return found::batch;
}

result<bool> segment_walker::was_synced_at_damage(std::uint64_t limit) {
  const auto damage = position_;
  bool synced = false;
  ++position_;
  while (!synced && position_ < limit) {
    auto bytes = have(magic_bytes.size(), limit);
    if (!bytes) return std::unexpected{std::move(bytes.error())};
    if (bytes->size() < magic_bytes.size()) break;
    const auto at = bytes->find(magic_bytes);
    if (at == std::string_view::npos) {
      position_ += bytes->size() - magic_bytes.size() + 1;
      continue;
    }
    position_ += at;
    batch_view view;
    auto tried = next(limit, view);
    if (!tried) return std::unexpected{std::move(tried.error())};
    if (*tried == found::batch) {
      synced = view.header.safe_bytes > damage;
    } else {
      ++position_;
    }
  }
  position_ = damage;
  return synced;
}

}  // namespace aisle::log
