// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace aisle::record {

/// Finds the field of a JSON key. Keys of a stream come in the same order again and again, so the
/// key that followed the last one before is tried first: nearly always one comparison.
class name_index {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  /// A name is shorter. So many bytes behind the beginning of a key must be readable.
  static constexpr std::size_t bytes_max = 64;

  /// `names` contain neither quotes nor backslashes and are shorter than bytes_max.
  explicit name_index(std::span<const std::string> names)
      : names_(names.begin(), names.end()), after_(names.size() + 1, 0), last_{names.size()} {
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
      after_[i] = i + 1;
    }
  }

  /// Forgets which key came last: a new object begins.
  void restart() { last_ = names_.size(); }

  /// The index of the name, none when it is not known. `key` stands just behind its opening quote
  /// and runs to its closing one, as it is written: with escapes it is never found.
  [[nodiscard]] std::size_t find(const char* key) {
    if (names_.empty()) {
      return none;
    }
    const auto guess = after_[last_];
    const auto found = names_[guess].is(key) ? guess : search(key);
    if (found != none) {
      after_[last_] = found;
      last_ = found;
    }
    return found;
  }

 private:
  /// A name and its closing quote, to be compared in words.
  class quoted_name {
   public:
    explicit quoted_name(const std::string& name) : words_{name.size() / 8 + 1} {
      std::memcpy(bytes_.data(), name.data(), name.size());
      bytes_[name.size()] = '"';
      // Of the last word only the bytes of the name count.
      last_mask_ = ~std::uint64_t{0} >> (56 - 8 * (name.size() % 8));
    }

    [[nodiscard]] bool is(const char* key) const {
      for (std::size_t i = 0; i + 1 < words_; ++i) {
        if (difference(key, i) != 0) {
          return false;
        }
      }
      return (difference(key, words_ - 1) & last_mask_) == 0;
    }

   private:
    [[nodiscard]] std::uint64_t difference(const char* key, std::size_t word) const {
      std::uint64_t a = 0;
      std::uint64_t b = 0;
      std::memcpy(&a, key + 8 * word, 8);
      std::memcpy(&b, bytes_.data() + 8 * word, 8);
      return a ^ b;
    }

    std::array<char, bytes_max> bytes_{};
    std::size_t words_;
    std::uint64_t last_mask_ = 0;
  };

  [[nodiscard]] std::size_t search(const char* key) const {
    for (std::size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].is(key)) {
        return i;
      }
    }
    return none;
  }

  std::vector<quoted_name> names_;
  /// The name that last came behind name i; the last entry is for the beginning of an object.
  std::vector<std::size_t> after_;
  std::size_t last_;
};

static_assert(std::endian::native == std::endian::little, "the mask of a name's last word");

}  // namespace aisle::record
