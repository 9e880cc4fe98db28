package io.sluice.dist;

/** What resources ask of tokens. */
final class Tokens {
    private Tokens() {}

    static long check(String resource, long token) {
        if (token < 1 || token > FencedResource.MAX_TOKEN) {
            throw new IllegalArgumentException("token is out of range: resource=" + resource + ", token=" + token
                    + ", max=" + FencedResource.MAX_TOKEN);
        }
        return token;
    }
}
