// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/record_splitter.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "runtime/record/csv.hpp"

namespace aisle::io {
namespace {

// Large enough that the system call costs nothing beside copying its bytes.
constexpr std::size_t read_bytes = 256 << 10;

const char* find(const char* text, std::size_t size, char wanted) {
  return static_cast<const char*>(std::memchr(text, wanted, size));
}

}  // namespace

record_splitter::record_splitter(const reader_options& options)
    : options_{options}, buffer_(2 * read_bytes + record_padding) {}

void record_splitter::attach(std::unique_ptr<byte_stream> stream, bool grows) {
  stream_ = std::move(stream);
  grows_ = grows;
  long_.reset();
  begin_ = end_ = 0;
  read_ = 0;
  at_end_ = false;
}

// A record that is not too long, the CR and LF behind it, and one read fit in the buffer at its
// largest.
void record_splitter::make_room() {
  if (room() >= read_bytes) return;
  std::memmove(buffer_.data(), data(), buffered());
  end_ = buffered();
  begin_ = 0;
  if (room() >= read_bytes) return;
  const auto enough = std::min(2 * buffer_.size(), options_.record_bytes_max + 2 + read_bytes);
  buffer_.resize(std::max(enough, end_ + read_bytes) + record_padding);
}

result<bool> record_splitter::refill() {
  if (at_end_ && !grows_) return false;
  make_room();
  const auto got = stream_->read({buffer_.data() + end_, room()});
  if (!got) return std::unexpected{got.error()};
  end_ += *got;
  read_ += *got;
  at_end_ = *got == 0;
  return !at_end_;
}

result<std::string_view> record_splitter::peek(std::size_t bytes) {
  while (buffered() < bytes) {
    const auto more = refill();
    if (!more) return std::unexpected{more.error()};
    if (!*more) break;
  }
  return std::string_view{data(), std::min(bytes, buffered())};
}

// Finds the first LF that is `at` or more bytes behind begin_, and sets `at` to its place, or to
// the end of what there is.
result<record_splitter::found> record_splitter::find_line_end(std::size_t& at) {
  while (true) {
    if (const char* line_end = find(data() + at, buffered() - at, '\n')) {
      at = static_cast<std::size_t>(line_end - data());
      return found::line_end;
    }
    at = buffered();
    // One byte more than the longest record may be the CR of its CRLF.
    if (at > options_.record_bytes_max + 1) return found::too_long;
    const auto more = refill();
    if (!more) return std::unexpected{more.error()};
    if (!*more) return found::stream_end;
  }
}

// Whether a quote is open at the end of a line, given whether one was open at its beginning.
bool record_splitter::stays_open(std::size_t line, std::size_t end, bool open) {
  char* const text = data() + line;
  if (find(text, end - line, '"') == nullptr) return open;
  if (!open) return record::csv_record_is_open({text, end - line}, options_.separator);
  // Inside of quotes is where a quote leads; the byte before is the LF of the line above.
  text[-1] = '"';
  const bool still_open =
      record::csv_record_is_open({text - 1, end - line + 1}, options_.separator);
  text[-1] = '\n';
  return still_open;
}

// Moves `at` from the end of the first line to the end of the record when lines follow inside of
// quotes; leaves it there when the quote is not closed in time. False when the lines that would say
// so have not come yet.
result<bool> record_splitter::join_lines(std::size_t& at, found& how) {
  std::size_t line = 0;
  std::size_t end = at;
  auto end_is = how;
  bool open = false;
  while (length_of(end) <= options_.record_bytes_max) {
    open = stays_open(line, end, open);
    if (!open) {
      at = end;
      how = end_is;
    }
    if (!open || end_is != found::line_end) break;
    line = end = end + 1;
    const auto next = find_line_end(end);
    if (!next) return std::unexpected{next.error()};
    if (grows_ && *next == found::stream_end) return false;
    end_is = *next;
  }
  return true;
}

// The bytes of the record at begin_ whose last line ends at `end`.
std::size_t record_splitter::length_of(std::size_t end) {
  return end > 0 && data()[end - 1] == '\r' ? end - 1 : end;
}

void record_splitter::hand_out(raw_record& into, std::size_t end, bool line_end) {
  const auto length = length_of(end);
  into.bytes = {data(), std::min(length, options_.record_bytes_max)};
  into.length = length;
  begin_ += end + (line_end ? 1 : 0);
}

// The first bytes of the record stay where they are; the room behind them is read into again and
// again.
void record_splitter::begin_long_line() {
  long_ = {.begin = 0, .length = buffered(), .last = buffer_[end_ - 1]};
  end_ = begin_ + options_.record_bytes_max;
  make_room();
  long_->begin = begin_;
  begin_ = end_;
}

// False when its end has not come yet.
result<bool> record_splitter::skip_long_line(raw_record& into) {
  const auto window = long_->begin + options_.record_bytes_max;
  const char* line_end = nullptr;
  while (line_end == nullptr) {
    end_ = begin_ = window;
    const auto got = stream_->read({data(), room()});
    if (!got) return std::unexpected{got.error()};
    if (*got == 0 && grows_) return false;
    at_end_ = *got == 0;
    if (at_end_) break;
    end_ += *got;
    read_ += *got;
    line_end = find(data(), *got, '\n');
    const auto of_line = line_end != nullptr ? static_cast<std::size_t>(line_end - data()) : *got;
    long_->length += of_line;
    if (of_line > 0) long_->last = data()[of_line - 1];
    begin_ += of_line + (line_end != nullptr ? 1 : 0);
  }
  into.bytes = {buffer_.data() + long_->begin, options_.record_bytes_max};
  into.length = long_->length - (long_->last == '\r' ? 1 : 0);
  long_.reset();
  return true;
}

result<bool> record_splitter::next(raw_record& into) {
  if (long_) return skip_long_line(into);
  std::size_t at = 0;
  auto how = find_line_end(at);
  if (!how) return std::unexpected{how.error()};
  if (*how == found::stream_end && (at == 0 || grows_)) return false;
  if (*how == found::too_long) {
    begin_long_line();
    return skip_long_line(into);
  }
  if (options_.framing == framing::csv) {
    const auto joined = join_lines(at, *how);
    if (!joined || !*joined) return joined;
  }
  hand_out(into, at, *how == found::line_end);
  return true;
}

result<bool> record_splitter::skip_to(std::uint64_t offset) {
  // The byte before the record is read too: it must end a line.
  const auto before = offset - 1;
  if (before < read_) {
    begin_ = end_ - static_cast<std::size_t>(read_ - before);
  } else {
    if (auto skipped = stream_->skip_to(before); !skipped) {
      return std::unexpected{skipped.error()};
    }
    begin_ = end_ = 0;
    read_ = before;
  }
  const auto there = peek(2);
  if (!there) return std::unexpected{there.error()};
  if (there->empty()) return false;
  drop(1);
  // The last line of a file may lack its LF; then nothing follows.
  return there->front() == '\n' || (there->size() == 1 && !grows_);
}

}  // namespace aisle::io
