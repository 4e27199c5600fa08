// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/open_partition.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/log/files.hpp"

// An append, by the holder of the lock:
//   1. refresh: read the end mark, and what others have appended behind what is known; after the
//      death of an owner, bring its last write to an end (settle).
//   2. begin a new segment when this one is full.
//   3. write the batches of the group behind the end, sync.
//   4. write the end mark. From here on readers see the batches.
//   5. let go of the lock, acknowledge.
namespace aisle::log {
namespace fs = std::filesystem;
using base::fault_point;
using base::pass_fault;

partition_writer::open_partition::open_partition(const topic& of, base::partition_id partition,
                                                 const base::clock& clock, io::disk& on)
    : of_{of},
      partition_{partition},
      clock_{&clock},
      disk_{&on},
      folder_{of.partition_folder(partition)} {}

fs::path partition_writer::open_partition::path_of(base::offset segment) const {
  return folder_ / segment_name(segment);
}

// -- what others have done ------------------------------------------------------------------------

result<void> partition_writer::open_partition::refresh() {
  if (!loaded_) return load();
  const auto mark = read_end(of_, partition_, *end_file_);
  if (!mark || mark->segment != end_.segment || somebody_began_a_segment()) return load();
  const auto facts = segment_file_->facts();
  if (!facts) {
    return failed(io::action::write, "cannot look at", path_of(end_.segment), facts.error());
  }
  if (*mark == end_ && facts->bytes == end_.position) return {};
  // Another writer has appended, or has died while it did.
  auto walker = open_segment(end_.segment);
  if (!walker || mark->position < end_.position) return load();
  loaded_ = false;
  walker->go_to(end_.position);
  if (auto settled = settle(*walker, facts->bytes); !settled) return settled;
  loaded_ = true;
  return {};
}

bool partition_writer::open_partition::somebody_began_a_segment() {
  return end_.next > end_.segment &&
         disk_->open(path_of(end_.next), io::disk::mode::read).has_value();
}

result<segment_walker> partition_writer::open_partition::open_segment(base::offset base) {
  return segment_walker::open(path_of(base), of_.identity(partition_), *disk_);
}

result<void> partition_writer::open_partition::open_for_writing(const segment_header& header) {
  auto file = disk_->open(path_of(header.base), io::disk::mode::update);
  if (!file) {
    return failed(io::action::write, "cannot open", path_of(header.base), file.error());
  }
  segment_file_ = std::move(*file);
  segment_ = header;
  return {};
}

result<void> partition_writer::open_partition::load() {
  loaded_ = false;
  auto end_file = open_end(of_, partition_, io::disk::mode::write, *disk_);
  if (!end_file) return std::unexpected{std::move(end_file.error())};
  end_file_ = std::move(*end_file);
  const auto segments = list_segments(folder_);
  if (!segments) return std::unexpected{segments.error()};
  if (segments->empty()) {
    return base::fail(errc::corrupt, fmt::format("{} holds no segment; restore the folder from a "
                                                 "copy",
                                                 folder_.string()));
  }
  auto walker = open_segment(segments->back());
  if (!walker) return std::unexpected{std::move(walker.error())};
  const auto bytes = walker->file_bytes();
  if (!bytes) return std::unexpected{bytes.error()};
  if (auto opened = open_for_writing(walker->header()); !opened) return opened;
  producers_ = {};
  end_ = {.of = of_.identity(partition_),
          .segment = segments->back(),
          .position = segment_header_bytes,
          .next = segments->back()};
  if (auto settled = settle(*walker, *bytes); !settled) return settled;
  loaded_ = true;
  return {};
}

// Reads on behind what is known of the last segment, mends what a dead owner left there, and
// publishes the end.
result<void> partition_writer::open_partition::settle(segment_walker& at,
                                                      std::uint64_t file_bytes) {
  auto reading = open_end(of_, partition_, io::disk::mode::read, *disk_);
  if (!reading) return std::unexpected{std::move(reading.error())};
  const auto mark = read_end(of_, partition_, **reading);
  if (!mark && mark.error().code != errc::corrupt) return std::unexpected{mark.error()};
  const auto base = at.header().base;
  if (mark && mark->segment > base) {
    return damaged(path_of(mark->segment), 0, "the segment is missing");
  }
  // An end in an earlier segment: the owner died before it published the new segment's.
  const bool here = mark && mark->segment == base;
  const auto acknowledged_bytes = here ? mark->position : std::uint64_t{segment_header_bytes};
  if (auto read = catch_up(at, file_bytes, acknowledged_bytes); !read) return read;
  if (end_.position > acknowledged_bytes) {
    if (auto adopted = adopt(acknowledged_bytes, end_.position); !adopted) return adopted;
  }
  if (mark && *mark == end_) return {};
  return publish();
}

result<void> partition_writer::open_partition::catch_up(segment_walker& from,
                                                        std::uint64_t file_bytes,
                                                        std::uint64_t acknowledged_bytes) {
  batch_view batch;
  auto found = from.next(file_bytes, batch);
  for (; found && *found == segment_walker::found::batch; found = from.next(file_bytes, batch)) {
    if (auto noted = note(from, batch); !noted) return noted;
  }
  if (!found) return std::unexpected{std::move(found.error())};
  end_.position = from.position();
  const bool whole = *found == segment_walker::found::end;
  if (end_.position < acknowledged_bytes) {
    return damaged(from.path(), from.position(),
                   whole ? fmt::format("the file ends here, but {} bytes were acknowledged",
                                       acknowledged_bytes)
                         : "a batch that was acknowledged does not fit its checksum");
  }
  return whole ? result<void>{} : cut_off_torn_end(from, file_bytes);
}

result<void> partition_writer::open_partition::note(const segment_walker& at,
                                                    const batch_view& batch) {
  const auto& header = batch.header;
  if (header.base != end_.next) {
    return damaged(at.path(), batch.position,
                   fmt::format("a batch begins with offset {}, expected {}", header.base.get(),
                               end_.next.get()));
  }
  if (header.kind != batch_kind::producers) {
    producers_.note(header, batch.marker);
  } else if (!producers_.decode(batch.body)) {
    return damaged(at.path(), batch.position, "the list of producers cannot be read");
  }
  end_.next = batch.end();
  return {};
}

result<void> partition_writer::open_partition::cut_off_torn_end(segment_walker& at,
                                                                std::uint64_t file_bytes) {
  const auto synced = at.was_synced_at_damage(file_bytes);
  if (!synced) return std::unexpected{synced.error()};
  if (*synced) {
    return damaged(at.path(), at.position(),
                   "a batch does not fit its checksum, and good ones "
                   "come behind it");
  }
  if (const auto cut = segment_file_->truncate(at.position()); !cut) {
    return failed(io::action::write, "cannot cut off the torn end of", at.path(), cut.error());
  }
  pass_fault(fault_point::log_tail_cut);
  return {};
}

// Bytes behind the end mark may never have been synced, or a sync of theirs may have failed: then
// they are in memory only, and the system would say yes to a second sync. So they are written
// again.
result<void> partition_writer::open_partition::adopt(std::uint64_t from, std::uint64_t to) {
  const auto path = path_of(end_.segment);
  constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 20;
  std::string piece;
  while (from < to) {
    piece.resize(std::min(piece_bytes, to - from));
    const auto read = segment_file_->read_at(from, piece);
    if (!read) return failed(io::action::read, "cannot read", path, read.error());
    if (*read == 0) return damaged(path, from, "the file became shorter while it was read");
    piece.resize(*read);
    const auto wrote = io::write_all(*segment_file_, from, piece);
    if (wrote.number != 0) return failed(io::action::write, "cannot write", path, wrote.number);
    from += piece.size();
  }
  const auto synced = segment_file_->sync();
  if (!synced) return failed(io::action::sync, "cannot sync", path, synced.error());
  pass_fault(fault_point::log_tail_adopted);
  return {};
}

// -- appending ------------------------------------------------------------------------------------

partition_writer::open_partition::group partition_writer::open_partition::empty_group() const {
  return {.bytes = {}, .next = end_.next, .producers = producers_};
}

result<acknowledged> partition_writer::open_partition::add(const append_request& request,
                                                           group& to) {
  if (auto good = check_bounds(request.records, request.marker); !good) {
    return std::unexpected{std::move(good.error())};
  }
  const auto count = static_cast<std::uint32_t>(request.records.size());
  const auto [is, repeated, known] = to.producers.judge(request.by, count);
  if (is == producer_table::verdict::fenced) {
    return base::fail(
        errc::fenced,
        fmt::format("producer {:016x} wrote to partition {} of {} under epoch {}, but "
                    "epoch {} has taken over; stop this one",
                    request.by.id, partition_.get(), of_.name, request.by.epoch, known.epoch));
  }
  if (is == producer_table::verdict::gap) {
    return base::fail(errc::gap,
                      fmt::format("producer {:016x} left out records {} to {} in partition {} of "
                                  "{}; append those first",
                                  request.by.id, known.next_sequence, request.by.sequence - 1,
                                  partition_.get(), of_.name));
  }
  const acknowledged answer{.first = to.next, .appended = count - repeated, .repeated = repeated};
  const bool nothing_new = answer.appended == 0 && (count > 0 || request.marker.empty());
  if (nothing_new) return answer;
  batch_header header{.base = to.next,
                      .count = answer.appended,
                      .safe_bytes = end_.position,
                      .producer = request.by,
                      .appended_at = clock_->now()};
  header.producer.sequence += repeated;
  encode_batch(to.bytes, segment_.seed(), end_.position + to.bytes.size(), header, request.marker,
               request.records.subspan(repeated));
  to.producers.note(header, request.marker);
  to.next = base::offset{to.next.get() + answer.appended};
  return answer;
}

std::size_t partition_writer::open_partition::append_group(
    std::span<const append_request> requests, std::size_t from,
    std::vector<result<acknowledged>>& answers) {
  const auto first = answers.size();
  // The places of batches are part of their checksums, so the segment is chosen before they are
  // encoded: a full one is closed although the next batch might have been a small one.
  if (auto room = make_room(batch_header_bytes); !room) {
    answers.insert(answers.end(), requests.size() - from, std::unexpected{room.error()});
    return requests.size();
  }
  auto group = empty_group();
  while (
      from < requests.size() &&
      (group.bytes.empty() || (group.bytes.size() + batch_bytes_max <= group_bytes_max &&
                               end_.position + group.bytes.size() < of_.settings.segment_bytes))) {
    answers.push_back(add(requests[from++], group));
  }
  if (group.bytes.empty()) return from;
  if (auto done = commit(std::move(group)); !done) {
    for (auto& answer : std::span{answers}.subspan(first)) {
      if (answer) answer = std::unexpected{done.error()};
    }
  }
  return from;
}

result<void> partition_writer::open_partition::fence(const producer_stamp& by) {
  auto group = empty_group();
  const batch_header header{.base = group.next,
                            .kind = batch_kind::fence,
                            .safe_bytes = end_.position,
                            .producer = by,
                            .appended_at = clock_->now()};
  encode_batch(group.bytes, segment_.seed(), end_.position, header, {}, std::string_view{});
  group.producers.note(header, {});
  return commit(std::move(group));
}

result<void> partition_writer::open_partition::commit(group written) {
  // Until all is well, nothing that is remembered is relied upon.
  loaded_ = false;
  if (auto wrote = write(written); !wrote) return wrote;
  end_.position += written.bytes.size();
  end_.next = written.next;
  if (auto published = publish(); !published) return published;
  producers_ = std::move(written.producers);
  loaded_ = true;
  return {};
}

result<void> partition_writer::open_partition::write(const group& written) {
  const auto path = path_of(end_.segment);
  std::string_view bytes = written.bytes;
  if (base::fault_due(fault_point::log_half_written)) {
    static_cast<void>(
        io::write_all(*segment_file_, end_.position, bytes.substr(0, bytes.size() / 2)));
    base::die_of_fault();
  }
  const auto wrote = io::write_all(*segment_file_, end_.position, bytes);
  if (wrote.number != 0) {
    // Makes room again, and leaves nothing behind to be looked at. If it fails: a torn end is cut
    // off by whoever appends next.
    static_cast<void>(segment_file_->truncate(end_.position));
    return failed(io::action::write, "cannot append to", path, wrote.number);
  }
  pass_fault(fault_point::log_written);
  if (const auto synced = segment_file_->sync(); !synced) {
    // The system may have dropped the bytes from the disk and kept them in memory.
    static_cast<void>(segment_file_->truncate(end_.position));
    return failed(io::action::sync, "cannot sync", path, synced.error());
  }
  pass_fault(fault_point::log_synced);
  return {};
}

// Not synced: after a loss of power the segment says more than an old mark, and `settle` reads on.
result<void> partition_writer::open_partition::publish() {
  const auto wrote = io::write_all(*end_file_, 0, encode(end_));
  if (wrote.number != 0) {
    return failed(io::action::write, "cannot write", folder_ / end_name, wrote.number);
  }
  pass_fault(fault_point::log_published);
  return {};
}

// -- segments -------------------------------------------------------------------------------------

result<void> partition_writer::open_partition::make_room(std::size_t bytes) {
  const bool full = end_.position + bytes > of_.settings.segment_bytes;
  const auto age = of_.settings.keep.age;
  const bool old = age && segment_.created_at + *age <= clock_->now();
  if ((!full && !old) || end_.next == end_.segment) return {};
  if (auto began = begin_segment(); !began) return began;
  auto removed = remove_old_segments();
  if (!removed) return std::unexpected{std::move(removed.error())};
  return {};
}

// The new segment gets its name when it is whole; everything in the one before it is synced.
result<void> partition_writer::open_partition::begin_segment() {
  loaded_ = false;
  const segment_header header{.of = end_.of, .base = end_.next, .created_at = clock_->now()};
  auto bytes = encode(header);
  const batch_header about{.base = header.base,
                           .kind = batch_kind::producers,
                           .safe_bytes = 0,
                           .appended_at = header.created_at};
  encode_batch(bytes, header.seed(), segment_header_bytes, about, {},
               std::string_view{producers_.encode()});
  auto unfinished = path_of(header.base);
  unfinished += unfinished_suffix;
  if (base::fault_due(fault_point::log_segment_half_made)) {
    const auto file = disk_->open(unfinished, io::disk::mode::replace);
    if (file) static_cast<void>(io::write_all(**file, 0, bytes.substr(0, bytes.size() / 2)));
    base::die_of_fault();
  }
  if (auto wrote = write_file(path_of(header.base), bytes, *disk_); !wrote) {
    // Gives its room back where there was too little.
    static_cast<void>(disk_->remove(unfinished));
    return wrote;
  }
  pass_fault(fault_point::log_segment_made);
  if (auto synced = sync_folder(folder_, *disk_); !synced) return synced;
  pass_fault(fault_point::log_segment_named);
  if (auto opened = open_for_writing(header); !opened) return opened;
  end_.segment = header.base;
  end_.position = bytes.size();
  if (auto published = publish(); !published) return published;
  if (const auto synced = end_file_->sync(); !synced) {
    return failed(io::action::sync, "cannot sync", folder_ / end_name, synced.error());
  }
  loaded_ = true;
  return {};
}

result<std::size_t> partition_writer::open_partition::remove_old_segments() {
  if (!of_.settings.keep.bytes && !of_.settings.keep.age) return std::size_t{0};
  const auto bases = list_segments(folder_);
  if (!bases) return std::unexpected{bases.error()};
  std::vector<segment_facts> segments;
  for (const auto base : *bases) {
    auto walker = open_segment(base);
    if (!walker) return std::unexpected{std::move(walker.error())};
    const auto bytes = walker->file_bytes();
    if (!bytes) return std::unexpected{bytes.error()};
    segments.push_back({.bytes = *bytes, .created_at = walker->header().created_at});
  }
  const auto count = segments_to_remove(segments, of_.settings.keep, clock_->now());
  // The oldest first, so that what is left is never with a hole.
  for (std::size_t at = 0; at < count; ++at) {
    if (const auto removed = disk_->remove(path_of((*bases)[at])); !removed) {
      return failed(io::action::write, "cannot remove", path_of((*bases)[at]), removed.error());
    }
    pass_fault(fault_point::log_segment_removed);
  }
  if (count > 0) {
    if (auto synced = sync_folder(folder_, *disk_); !synced) {
      return std::unexpected{std::move(synced.error())};
    }
  }
  return count;
}

}  // namespace aisle::log
