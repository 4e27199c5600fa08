// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/io/byte_stream.hpp"
#include "runtime/io/record_reader.hpp"

namespace aisle::io {

/// Cuts the bytes of one stream after the other into records; the buffer is kept between them.
class record_splitter {
 public:
  explicit record_splitter(const reader_options& options);

  /// Begins a new stream at its first byte. One that `grows` has no end: what lacks its line end is
  /// no record yet.
  void attach(std::unique_ptr<byte_stream> stream, bool grows);
  /// The next bytes without taking them; fewer than asked for only at the end of the stream.
  [[nodiscard]] result<std::string_view> peek(std::size_t bytes);
  /// Takes bytes that were peeked at.
  void drop(std::size_t bytes) { begin_ += bytes; }
  /// Fills `into` but for its ordinal; false at the end of the stream, or what is its end so far.
  [[nodiscard]] result<bool> next(raw_record& into);
  /// Where in the stream the next record begins.
  [[nodiscard]] std::uint64_t offset() const { return read_ - buffered(); }
  /// Bytes that are there and were not handed out.
  [[nodiscard]] std::uint64_t unread() const { return buffered() + stream_->unread(); }
  /// Goes on at an offset ahead. False when no record can begin there.
  [[nodiscard]] result<bool> skip_to(std::uint64_t offset);

 private:
  enum class found { line_end, stream_end, too_long };
  /// A line longer than the bound, whose end is looked for. Its first bytes stay in the buffer.
  struct long_line {
    std::size_t begin = 0;
    std::uint64_t length = 0;
    char last = 0;
  };

  [[nodiscard]] char* data() { return buffer_.data() + begin_; }
  [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
  [[nodiscard]] std::size_t room() const { return buffer_.size() - record_padding - end_; }

  void make_room();
  result<bool> refill();
  result<found> find_line_end(std::size_t& at);
  bool stays_open(std::size_t line, std::size_t end, bool open);
  result<bool> join_lines(std::size_t& at, found& how);
  std::size_t length_of(std::size_t end);
  void hand_out(raw_record& into, std::size_t end, bool line_end);
  void begin_long_line();
  result<bool> skip_long_line(raw_record& into);

  reader_options options_;
  std::unique_ptr<byte_stream> stream_;
  /// [begin_, end_) is read and not yet handed out; record_padding bytes always lie behind.
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  /// Bytes of the stream up to end_.
  std::uint64_t read_ = 0;
  bool at_end_ = false;
  bool grows_ = false;
  std::optional<long_line> long_;
};

}  // namespace aisle::io
