// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/random.hpp"

#include <random>

namespace aisle::base {
namespace {

class of_the_system final : public identities {
 public:
  std::uint64_t next() override {
    std::random_device chance;
    return (std::uint64_t{chance()} << 32) | chance();
  }
};

}  // namespace

identities& system_identities() {
  static of_the_system all;
  return all;
}

}  // namespace aisle::base
