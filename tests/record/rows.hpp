// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/record/layout.hpp"

namespace aisle::record::test {

/// A row a test fills field by field.
class row_of {
 public:
  explicit row_of(const layout& of) : of_{of}, words_(of.words()) {}

  row_of& set(std::string_view field, std::int64_t word) {
    return put(field, static_cast<std::uint64_t>(word));
  }
  row_of& set(std::string_view field, double number) {
    return put(field, std::bit_cast<std::uint64_t>(number));
  }
  row_of& set(std::string_view field, std::string_view text) {
    put(field, expr::text_word(heap_.size(), text.size()));
    heap_ += text;
    return *this;
  }

  [[nodiscard]] expr::row_ref ref() const { return {words_.data(), heap_.data()}; }

 private:
  row_of& put(std::string_view field, std::uint64_t word) {
    const auto place = of_.find(field).value();
    words_[0] |= std::uint64_t{1} << place;
    words_[1U + place] = word;
    return *this;
  }

  const layout& of_;
  std::vector<std::uint64_t> words_;
  std::string heap_;
};

}  // namespace aisle::record::test
