// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/record/compiled.hpp"
#include "runtime/record/decoder.hpp"

namespace aisle::record {

/// Fills a decoded record, for the decoders of this room. Keeps the memory of the record before it:
/// after warm-up nothing is allocated.
class row_writer {
 public:
  /// Starts an empty record. `text_bytes` bounds the texts it will hold; pointers into the heap
  /// stay where they are until the next record.
  row_writer(decoded& into, const contract::impl& by, std::size_t text_bytes)
      : into_{into}, own_line_fields_{by.line.fields.size()} {
    into.row_.assign(by.record_layout.words(), 0);
    into.line_words_.clear();
    into.words_per_line_ = by.line_layout.words();
    into.lines_ = 0;
    into.rounded_ = 0;
    if (into.heap_.size() < text_bytes) {
      into.heap_.resize(text_bytes);
    }
  }

  [[nodiscard]] std::uint64_t* row() { return into_.row_.data(); }
  /// Appends a line without fields and answers its words, which move when the next line is added.
  [[nodiscard]] std::uint64_t* add_line() {
    into_.line_words_.resize(into_.line_words_.size() + into_.words_per_line_);
    return into_.line_words_.data() + into_.words_per_line_ * into_.lines_++;
  }
  [[nodiscard]] std::uint64_t* line(std::size_t i) {
    return into_.line_words_.data() + i * into_.words_per_line_;
  }
  [[nodiscard]] std::size_t lines() const { return into_.lines_; }
  [[nodiscard]] std::uint32_t& rounded() { return into_.rounded_; }

  /// Where the next text may be written.
  [[nodiscard]] char* text_end() { return into_.heap_.data() + heap_used_; }
  /// Keeps what was written there, and answers its word.
  std::uint64_t keep_text(std::size_t length) {
    const auto word = expr::text_word(heap_used_, length);
    heap_used_ += length;
    return word;
  }

  /// Copies a text behind the others, and answers its word. The heap grows when it must, so
  /// pointers into it do not stay.
  std::uint64_t add_text(std::string_view text) {
    if (into_.heap_.size() < heap_used_ + text.size()) {
      into_.heap_.resize(2 * (heap_used_ + text.size()));
    }
    std::copy(text.begin(), text.end(), text_end());
    return keep_text(text.size());
  }
  [[nodiscard]] std::size_t text_bytes() const { return heap_used_; }

  static void set(std::uint64_t* row, std::size_t place, std::uint64_t word) {
    row[0] |= std::uint64_t{1} << place;
    row[1 + place] = word;
  }

  /// Puts the record's own fields behind those of every line.
  void complete_lines() {
    const auto& row = into_.row_;
    for (std::size_t i = 0; i < into_.lines_; ++i) {
      auto* const line = this->line(i);
      line[0] |= row[0] << own_line_fields_;
      std::copy(row.begin() + 1, row.end(), line + 1 + own_line_fields_);
    }
  }

 private:
  decoded& into_;
  std::size_t own_line_fields_;
  std::size_t heap_used_ = 0;
};

}  // namespace aisle::record
