// Files of secrets: readable by their owner alone, and under their name only once they are whole.
#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

namespace sluice::apps {

enum class WhenThere { kReplace, kKeep };

/// Writes a file of mode 0600. With kKeep a file that has the name already stays as it is, which is
/// no error. After an error nothing is changed.
std::error_code WritePrivateFile(const std::filesystem::path& path, std::string_view bytes,
                                 WhenThere when);

}  // namespace sluice::apps
