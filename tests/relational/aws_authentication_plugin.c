/* Logs users in as RDS's plugin of this name does: the client sends an IAM token in clear, inside TLS. TOKEN is the only
   one that this server takes for valid. */

#include <mysql/plugin_auth.h>
#include <string.h>

static int authenticate(MYSQL_PLUGIN_VIO *client, MYSQL_SERVER_AUTH_INFO *info)
{
  unsigned char *token;
  if (client->read_packet(client, &token) < 0)
    return CR_ERROR;
  info->password_used = PASSWORD_USED_YES;
  return strcmp((const char *) token, TOKEN) == 0 ? CR_OK : CR_ERROR;
}

static struct st_mysql_auth plugin = {
  MYSQL_AUTHENTICATION_INTERFACE_VERSION, "mysql_clear_password", authenticate, NULL, NULL
};

maria_declare_plugin(aws)
{
  MYSQL_AUTHENTICATION_PLUGIN, &plugin, "AWSAuthenticationPlugin", "constructs_lib", "Takes one token",
  PLUGIN_LICENSE_GPL, NULL, NULL, 0x0100, NULL, NULL, "1.0", MariaDB_PLUGIN_MATURITY_STABLE
}
maria_declare_plugin_end;
