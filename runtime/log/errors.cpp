// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/errors.hpp"

#include <utility>

namespace aisle::log {
namespace {

errc code_of(io::errc code, io::action doing) {
  switch (code) {
    case io::errc::not_found:
      return errc::not_found;
    case io::errc::no_permission:
      return errc::no_permission;
    case io::errc::no_space:
      return errc::no_space;
    default:
      return doing == io::action::read ? errc::read_failed : errc::write_failed;
  }
}

}  // namespace

std::unexpected<error> failed(io::action doing, std::string_view what,
                              const std::filesystem::path& path, int number) {
  auto said = io::system_error(doing, what, path, number);
  return std::unexpected{error{code_of(said.code, doing), std::move(said.message)}};
}

}  // namespace aisle::log
