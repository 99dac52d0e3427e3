export async function bad() {}
