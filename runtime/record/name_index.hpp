// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::record {

/// Finds the field of a JSON key. Keys of a stream come in the same order again and again, so the
/// key that followed the last one before is tried first: nearly always one comparison.
class name_index {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  /// Longest name, its closing quote included, that may be read from a key: bytes behind the key
  /// must be readable.
  static constexpr std::size_t bytes_max = 64;

  /// `names` contain neither quotes nor backslashes and are shorter than bytes_max.
  explicit name_index(std::vector<std::string> names)
      : names_{std::move(names)}, after_(names_.size() + 1, 0) {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      names_[i] += '"';
      after_[i] = i + 1 < names_.size() ? i + 1 : 0;
    }
    last_ = names_.size();
  }

  /// Forgets which key came last: a new object begins.
  void restart() { last_ = names_.size(); }

  /// The index of the name, none when it is not known. `key` stands just behind its opening quote
  /// and runs to its closing one, as it is written: with escapes it is never found.
  std::size_t find(const char* key) {
    if (names_.empty()) {
      return none;
    }
    const auto guess = after_[last_];
    const auto found = is(key, guess) ? guess : search(key);
    if (found != none) {
      after_[last_] = found;
      last_ = found;
    }
    return found;
  }

 private:
  [[nodiscard]] bool is(const char* key, std::size_t i) const {
    return std::memcmp(key, names_[i].data(), names_[i].size()) == 0;
  }
  [[nodiscard]] std::size_t search(const char* key) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (is(key, i)) {
        return i;
      }
    }
    return none;
  }

  std::vector<std::string> names_;
  /// The name that last came behind name i; the last entry is for the beginning of an object.
  std::vector<std::size_t> after_;
  std::size_t last_ = 0;
};

}  // namespace aisle::record
